import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/core/errors.ts";
import { batches, shuffledRows } from "../../src/data/sampler.ts";

describe("shuffledRows", () => {
  test("each row once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(), fc.nat(), (n, seed, epoch) => {
        const rows = [...shuffledRows(n, seed, epoch)].sort((a, b) => a - b);
        expect(rows).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  test("a function of seed and epoch", () => {
    expect(shuffledRows(50, 7, 3)).toEqual(shuffledRows(50, 7, 3));
    expect(shuffledRows(50, 7, 3)).not.toEqual(shuffledRows(50, 7, 4));
    expect(shuffledRows(50, 7, 3)).not.toEqual(shuffledRows(50, 8, 3));
  });

  test("refuses no rows, and epochs that are no count", () => {
    expect(() => shuffledRows(0, 7, 0)).toThrow("n is 0");
    for (const epoch of [-1, 0.5, 2 ** 31, NaN]) {
      expect(() => shuffledRows(3, 7, epoch)).toThrow(ValueError);
      expect(() => shuffledRows(3, 7, epoch)).toThrow(`epoch is ${epoch}`);
    }
    expect(shuffledRows(3, 7, 2 ** 31 - 1).length).toBe(3);
  });
});

describe("batches", () => {
  test("the last one holds the rest", () => {
    const rows = Uint32Array.of(4, 3, 2, 1, 0);
    expect(batches(rows, 2)).toEqual([Uint32Array.of(4, 3), Uint32Array.of(2, 1), Uint32Array.of(0)]);
    expect(batches(rows, 5).length).toBe(1);
    expect(batches(rows, 9)).toEqual([rows]);
    expect(batches(new Uint32Array(), 2)).toEqual([]);
  });

  test("are views, not copies", () => {
    const rows = new Uint32Array(4);
    expect(batches(rows, 3).every((batch) => batch.buffer === rows.buffer)).toBe(true);
  });

  test("joined again are the rows", () => {
    fc.assert(
      fc.property(fc.uint32Array({ maxLength: 50 }), fc.integer({ min: 1, max: 60 }), (rows, size) => {
        const cut = batches(rows, size);
        expect(cut.flatMap((batch) => [...batch])).toEqual([...rows]);
        expect(cut.slice(0, -1).every((batch) => batch.length === size)).toBe(true);
      }),
    );
  });

  test.each([0, -1, 2.5, NaN])("refuse size %s", (size) => {
    expect(() => batches(new Uint32Array(3), size)).toThrow(`batchSize is ${size}`);
  });
});
