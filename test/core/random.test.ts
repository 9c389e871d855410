import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/core/errors.ts";
import { Random, threefry } from "../../src/core/random.ts";

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

describe("threefry", () => {
  // Known answers for threefry2x32 with 20 rounds, from kat_vectors of Random123, the authors' own library.
  test.each<{ key: [number, number]; counter: [number, number]; expected: [number, number] }>([
    { key: [0, 0], counter: [0, 0], expected: [0x6b200159, 0x99ba4efe] },
    { key: [0xffffffff, 0xffffffff], counter: [0xffffffff, 0xffffffff], expected: [0x1cb996fc, 0xbb002be7] },
    { key: [0x13198a2e, 0x03707344], counter: [0x243f6a88, 0x85a308d3], expected: [0xc4923a9c, 0x483df7a0] },
  ])("key $key, counter $counter", ({ key, counter, expected }) => {
    expect(threefry(...key, ...counter)).toEqual(expected);
  });
});

describe("Random", () => {
  test("element i of a stream is threefry of (seed, stream, i)", () => {
    const random = new Random(7, 3);
    expect(draw(4, () => random.bits())).toEqual([0, 1, 2, 3].map((i) => threefry(7, 3, i, 0)[0]));
  });

  test("one seed gives the same numbers, another seed or stream others", () => {
    const first = (seed: number, stream = 0) => {
      const random = new Random(seed, stream);
      return draw(8, () => random.bits());
    };
    expect(first(7)).toEqual(first(7, 0));
    expect(first(7)).not.toEqual(first(8));
    expect(first(7)).not.toEqual(first(7, 1));
    expect(first(7, 8)).not.toEqual(first(8, 7));
  });

  test("uniform: on the grid, in range, with the moments of U(0, 1)", () => {
    const random = new Random(1);
    const values = draw(20_000, () => random.uniform());
    expect(values.every((u) => u >= 0 && u < 1 && Number.isInteger(u * 2 ** 24))).toBe(true);
    // Five standard errors: 5/sqrt(12 · 20000) and 5 · sqrt(1/180/20000).
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(0.0103);
    expect(Math.abs(variance(values) - 1 / 12)).toBeLessThan(0.0027);
    expect(draw(100, () => random.uniform(-3, -2)).every((u) => u >= -3 && u < -2)).toBe(true);
  });

  test("normal: finite, with the moments of N(0, 1)", () => {
    const random = new Random(2);
    const values = draw(20_000, () => random.normal());
    expect(values.every(Number.isFinite)).toBe(true);
    // Five standard errors: 5/sqrt(20000) and 5 · sqrt(2/20000).
    expect(Math.abs(mean(values))).toBeLessThan(0.0354);
    expect(Math.abs(variance(values) - 1)).toBeLessThan(0.05);
  });

  test("integer: every value below the bound, about equally often", () => {
    const random = new Random(3);
    const counts = [0, 0, 0, 0, 0, 0];
    for (const value of draw(6000, () => random.integer(6))) counts[value] = (counts[value] ?? NaN) + 1;
    // Five standard deviations of a binomial count, 5 · sqrt(6000 · 1/6 · 5/6).
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });

  test("permutation: each number once", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), (n, seed) => {
        const order = new Random(seed).permutation(n);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  test("permutation: all orders of three, about equally often", () => {
    const random = new Random(4);
    const counts = new Map<string, number>();
    for (const order of draw(6000, () => random.permutation(3).join("")))
      counts.set(order, (counts.get(order) ?? 0) + 1);
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });

  test.each([-1, 0.5, 2 ** 32, NaN])("refuses %s as seed and as stream", (bad) => {
    expect(() => new Random(bad)).toThrow(ValueError);
    expect(() => new Random(bad)).toThrow(`seed is ${bad}`);
    expect(() => new Random(0, bad)).toThrow(`stream is ${bad}`);
  });
});

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function variance(values: readonly number[]): number {
  const center = mean(values);
  return mean(values.map((x) => (x - center) ** 2));
}
