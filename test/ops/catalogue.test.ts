// Every primitive has its tests: those that lack a file, or do not check the contract, are named.

import { expect, test } from "vitest";
import { catalogue } from "../../src/ops/build.ts";
import { hasReference } from "../../src/oracle/references.ts";

const files = import.meta.glob<string>("./*.test.ts", { query: "?raw", import: "default", eager: true });

/** Their files say why. */
const withoutContract = ["constant", "record", "stopGradient"];

const fileOf = (name: string): string =>
  `./${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}.test.ts`;

test("every op has a test file", () => {
  expect(Object.keys(catalogue).filter((name) => !(fileOf(name) in files))).toEqual([]);
});

test("every op keeps the contract, but for those that cannot", () => {
  const without = Object.keys(catalogue).filter(
    (name) => !files[fileOf(name)]?.includes(`opContract(${name},`),
  );
  expect(without).toEqual(withoutContract);
});

test("every test of an op is of a known one", () => {
  const known = new Set(Object.keys(catalogue).map(fileOf));
  const others = Object.keys(files).filter((file) => !known.has(file));
  // What several ops share, and what one has beyond the contract.
  const more = ["edges", "gather_bytes", "matmul_candidates", "matmul_choice", "matmul_tiled"];
  expect(others).toEqual(more.map((name) => `./${name}.test.ts`));
});

test("an op is called what the catalogue calls it", () => {
  expect(Object.entries(catalogue).filter(([name, op]) => op.name !== name)).toEqual([]);
});

test("every op has a reference", () => {
  expect(Object.values(catalogue).filter((op) => !hasReference(op))).toEqual([]);
});
