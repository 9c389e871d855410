import { describe, expect, test } from "vitest";
import { specialize } from "../../src/runtime/webgpu/specialize.ts";

const text = (...lines: readonly string[]): string => lines.join("\n");
const none = { slots: {}, constants: {} };

describe("slots", () => {
  const file = text("a", "  // @slot first", "  x = 1;", "  // @end", "b", "// @slot second", "c");

  test("a slot that is not filled keeps its block and loses its marks", () => {
    expect(specialize(file, none)).toBe(text("a", "  x = 1;", "b", "c"));
  });

  test("a slot's text replaces its block, at the slot's indent", () => {
    expect(specialize(file, { ...none, slots: { first: text("y = 2;", "z = 3;"), second: "d" } })).toBe(
      text("a", "  y = 2;", "  z = 3;", "b", "d", "c"),
    );
  });

  test("empty text removes the block", () => {
    expect(specialize(file, { ...none, slots: { first: "" } })).toBe(text("a", "b", "c"));
  });

  test("a slot without @end stands beside one that has it", () => {
    const both = text("// @slot open", "a", "// @slot closed", "b", "// @end");
    expect(specialize(both, { ...none, slots: { open: "o" } })).toBe(text("o", "a", "b"));
    expect(specialize(both, { ...none, slots: { closed: "c" } })).toBe(text("a", "c"));
  });

  test("an unknown slot throws, unless its text is empty", () => {
    expect(() => specialize(file, { ...none, slots: { third: "x", fourth: "y" } })).toThrow(
      "specialize: the shader has no slot third, fourth.",
    );
    expect(specialize(file, { ...none, slots: { third: "" } })).toBe(specialize(file, none));
  });
});

describe("constants", () => {
  const file = text("const TM: u32 = 4u; // @constant", "const OTHER: u32 = 4u;", "x = TM;");

  test("a marked line gets its value, others stay", () => {
    expect(specialize(file, { ...none, constants: { TM: 8 } })).toBe(
      text("const TM: u32 = 8u; // @constant", "const OTHER: u32 = 4u;", "x = TM;"),
    );
    expect(specialize(file, none)).toBe(file);
  });

  test("an unknown or unmarked constant throws", () => {
    expect(() => specialize(file, { ...none, constants: { OTHER: 1 } })).toThrow(
      "specialize: the shader has no constant OTHER.",
    );
  });
});

describe("loops", () => {
  test("a marked loop is written out, a block a step, with the counter's number", () => {
    const file = text("for (var u = 0u; u < 2u; u++) { // @unroll", "  x += u * unit;", "}");
    expect(specialize(file, none)).toBe(text("{", "  x += 0u * unit;", "}", "{", "  x += 1u * unit;", "}"));
  });

  test("its limit may be a constant, as it is set", () => {
    const file = text(
      "const TN: u32 = 1u; // @constant",
      "for (var j = 0u; j < TN; j++) { // @unroll",
      "  f(j);",
      "}",
    );
    const [, ...body] = specialize(file, { ...none, constants: { TN: 3 } }).split("\n");
    expect(body).toEqual(["{", "  f(0u);", "}", "{", "  f(1u);", "}", "{", "  f(2u);", "}"]);
  });

  test("loops inside loops are written out too, and unmarked ones stay", () => {
    const file = text(
      "for (var i = 0u; i < 2u; i++) { // @unroll",
      "  for (var j = 0u; j < 2u; j++) { // @unroll",
      "    f(i, j);",
      "  }",
      "}",
      "for (var k = 0u; k < 2u; k++) {",
      "  g(k);",
      "}",
    );
    const out = specialize(file, none);
    expect([...out.matchAll(/f\((.*)\);/g)].map(([, args]) => args)).toEqual([
      "0u, 0u",
      "0u, 1u",
      "1u, 0u",
      "1u, 1u",
    ]);
    expect(out).toContain("for (var k = 0u; k < 2u; k++) {\n  g(k);\n}");
  });

  test("a limit that is no constant throws", () => {
    const file = text("for (var i = 0u; i < n; i++) { // @unroll", "}");
    expect(() => specialize(file, none)).toThrow("the limit n of an unrolled loop is no constant");
  });
});

describe("scalars", () => {
  test("an element of a marked array may be a vector, and an index a term of numbers", () => {
    const file = text(
      "  var rows: array<vec4<f32>, 8>; // @scalars",
      "  for (var i = 0u; i < 2u; i++) { // @unroll",
      "    x += rows[i / 4u * 4u + 3u][2u] + rows[7u % 4u + i][k];",
      "  }",
    );
    const out = specialize(file, none).split("\n");
    expect(out.slice(0, 2)).toEqual(["  var rows_0: vec4<f32>;", "  var rows_1: vec4<f32>;"]);
    expect(out.filter((line) => line.includes("+="))).toEqual([
      "    x += rows_3[2u] + rows_3[k];",
      "    x += rows_3[2u] + rows_4[k];",
    ]);
  });

  test("a marked array becomes a variable an element", () => {
    const file = text(
      "const TM: u32 = 2u; // @constant",
      "  var at: array<u32, TM>; // @scalars",
      "  var sums: array<array<f32, 2>, TM>; // @scalars",
      "  for (var i = 0u; i < TM; i++) { // @unroll",
      "    sums[i][1u] += at[i] * seat[i];",
      "  }",
    );
    expect(specialize(file, none).split("\n").slice(1)).toEqual([
      "  var at_0: u32;",
      "  var at_1: u32;",
      "  var sums_0_0: f32;",
      "  var sums_0_1: f32;",
      "  var sums_1_0: f32;",
      "  var sums_1_1: f32;",
      "  {",
      "    sums_0_1 += at_0 * seat[0u];",
      "  }",
      "  {",
      "    sums_1_1 += at_1 * seat[1u];",
      "  }",
    ]);
  });

  test("an unmarked array stays", () => {
    const file = text("var x: array<f32, 2>;", "x[0u] = 1.0;");
    expect(specialize(file, none)).toBe(file);
  });
});
