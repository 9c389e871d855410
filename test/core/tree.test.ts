import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/core/errors.ts";
import { leavesOf, mapTree, type Tree } from "../../src/core/tree.ts";

const isNumber = (x: unknown): x is number => typeof x === "number";

const tree: Tree<number> = { layers: [{ weight: 1, bias: 2 }, {}], scale: 3, rest: [[4]] };

test("leaves come in order, named by their path", () => {
  expect(leavesOf(tree, isNumber)).toEqual([
    { name: "layers.0.weight", leaf: 1 },
    { name: "layers.0.bias", leaf: 2 },
    { name: "scale", leaf: 3 },
    { name: "rest.0.0", leaf: 4 },
  ]);
  expect(leavesOf<number>(5, isNumber)).toEqual([{ name: "", leaf: 5 }]);
  expect(leavesOf<number>(5, isNumber, "root")).toEqual([{ name: "root", leaf: 5 }]);
});

test("mapping keeps the branches and sees the same names", () => {
  expect(mapTree(tree, isNumber, (leaf) => leaf * 10)).toEqual({
    layers: [{ weight: 10, bias: 20 }, {}],
    scale: 30,
    rest: [[40]],
  });
  const names: string[] = [];
  mapTree(tree, isNumber, (_, name) => names.push(name));
  expect(names).toEqual(leavesOf(tree, isNumber).map(({ name }) => name));
});

describe("what is neither leaf nor branch", () => {
  const odd = { a: ["text"] } as unknown as Tree<number>;
  test.each([
    ["leavesOf", () => leavesOf(odd, isNumber)],
    ["mapTree", () => mapTree(odd, isNumber, (leaf) => leaf)],
  ])("%s names its place", (_, run) => {
    expect(run).toThrow(ValueError);
    expect(run).toThrow("tree: a.0 is text");
  });
  test("at the root", () => {
    expect(() => leavesOf(null as unknown as Tree<number>, isNumber)).toThrow("tree: the root is null");
  });
});
