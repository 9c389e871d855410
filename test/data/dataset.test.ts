import { describe, expect, test } from "vitest";
import { ChainruleError, DTypeError, ShapeError, ValueError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { countOf, dataset } from "../../src/data/dataset.ts";

const i32 = (...values: number[]) => tensor(new Int32Array(values));
const x = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);
const y = tensor([
  [1, 0],
  [0, 1],
  [1, 0],
]);

describe("takes", () => {
  test("one-hot targets with labels and classes, and copies nothing", () => {
    const labels = i32(0, 1, 0);
    const made = dataset({ x, y, labels, classes: 2 });
    expect(made).toEqual({ x, y, labels, classes: 2 });
    expect(made.x).toBe(x);
    expect(countOf(made)).toBe(3);
  });

  test("values without classes, in one column or any shape", () => {
    expect(dataset({ x, y: tensor([1, 2, 3]) })).toEqual({ x, y: tensor([1, 2, 3]) });
    expect(dataset({ x, y })).not.toHaveProperty("labels");
    expect(dataset({ x, y: tensor([[1], [0], [1]]), labels: i32(1, 0, 1), classes: 2 }).classes).toBe(2);
  });

  test("i32 targets as labels", () => {
    const targets = i32(0, 9, 1);
    expect(dataset({ x, y: targets }).labels).toBe(targets);
  });
});

describe("refuses", () => {
  test("what is no tensor", () => {
    expect(() => dataset({ x } as never)).toThrow(ValueError);
    expect(() => dataset({ x } as never)).toThrow(/^dataset: y is undefined\. Pass a tensor/);
    expect(() => dataset({ x: [[1]], y } as never)).toThrow(/^dataset: x is 1\. Pass a tensor/);
  });

  test.each<[string, Parameters<typeof dataset>[0], new () => ChainruleError, string]>([
    ["a different number of targets", { x, y: tensor([[1, 0]]) }, ShapeError, "x is [3,2] but y is [1,2]"],
    ["a different number of labels", { x, y, labels: i32(0, 1) }, ShapeError, "x is [3,2] but labels is [2]"],
    [
      "no rows",
      { x: tensor(new Float32Array(), [0, 2]), y },
      ShapeError,
      "x is [0,2]. Give it at least one row",
    ],
    ["a scalar", { x: tensor(1), y }, ShapeError, "x is []"],
    ["two labels a row", { x, y: tensor(new Int32Array(6), [3, 2]) }, ShapeError, "labels are [3,2]"],
    ["columns other than classes", { x, y, classes: 3 }, ShapeError, "2 columns, but classes is 3"],
    ["whole numbers as x", { x: tensor(new Int32Array(3)), y }, DTypeError, "x must be f32 or u8"],
    ["a scale for f32", { x, y, scale: 0.5 }, DTypeError, "scale is 0.5, but x is f32"],
    ["a scale of 0", { x: tensor(new Uint8Array(3)), y, scale: 0 }, ValueError, "scale is 0"],
    ["a scale of NaN", { x: tensor(new Uint8Array(3)), y, scale: NaN }, ValueError, "scale is NaN"],
    ["doubles as y", { x, y: tensor(new Float64Array(3)) }, DTypeError, "y must be f32 or i32"],
    ["labels of another type", { x, y, labels: tensor(new Uint8Array(3)) }, DTypeError, "labels must be i32"],
    ["NaN in x", { x: tensor([1, NaN, 3]), y }, ValueError, "dataset: x: element 1 is NaN"],
    ["infinity in y", { x, y: tensor([1, 2, Infinity]) }, ValueError, "dataset: y: element 2 is Infinity"],
    [
      "a label past the classes",
      { x, y: i32(0, 1, 2), classes: 2 },
      ValueError,
      "label 2 of row 2 is out of range. Use 0 to 1",
    ],
    [
      "a negative label",
      { x, y: i32(0, -1, 0) },
      ValueError,
      "label -1 of row 1 is out of range. Use labels from 0 up",
    ],
    ["half a class", { x, y, classes: 1.5 }, ValueError, "classes is 1.5"],
  ])("%s", (_, source, kind, message) => {
    expect(() => dataset(source)).toThrow(kind);
    expect(() => dataset(source)).toThrow(message);
  });
});
