import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/core/errors.ts";
import {
  broadcastShapes,
  broadcastStrides,
  checkShape,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  reduceShape,
  sameShape,
  sizeOf,
  stridesOf,
} from "../../src/core/shape.ts";

const shapes = fc.array(fc.nat(5), { maxLength: 4 });

test("size, format and equality", () => {
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([2, 3, 4])).toBe(24);
  expect(sizeOf([2, 0])).toBe(0);
  expect(formatShape([64, 784])).toBe("[64,784]");
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
  expect(sameShape([2], [2, 1])).toBe(false);
});

test("strides are row-major", () => {
  expect(stridesOf([])).toEqual([]);
  expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
});

describe("broadcast", () => {
  test.each([
    [[3, 1], [4], [3, 4]],
    [[], [2, 3], [2, 3]],
    [[1], [0], [0]],
    [
      [8, 1, 6, 1],
      [7, 1, 5],
      [8, 7, 6, 5],
    ],
  ])("%j with %j is %j", (a, b, expected) => {
    expect(broadcastShapes("add", a, b)).toEqual(expected);
    expect(broadcastShapes("add", b, a)).toEqual(expected);
  });

  test("names the op, both shapes and the dimensions that do not meet", () => {
    expect(() => broadcastShapes("add", [2, 3], [2, 4])).toThrow(ShapeError);
    expect(() => broadcastShapes("add", [2, 3], [2, 4])).toThrow(
      "add: shapes [2,3] and [2,4] do not broadcast, 3 meets 4",
    );
    expect(() => broadcastShapes("add", [0], [2])).toThrow("0 meets 2");
  });

  test("strides: 0 along what repeats", () => {
    expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
    expect(broadcastStrides([], [2, 2])).toEqual([0, 0]);
    fc.assert(
      fc.property(
        shapes.filter((s) => !s.includes(1)),
        (shape) => {
          expect(broadcastStrides(shape, shape)).toEqual(stridesOf(shape));
        },
      ),
    );
  });
});

describe("axes", () => {
  test("count from the end when negative", () => {
    expect(normalizeAxis("sum", -1, 3)).toBe(2);
    expect(normalizeAxes("sum", undefined, 3)).toEqual([0, 1, 2]);
    expect(normalizeAxes("sum", [-1, 0], 3)).toEqual([0, 2]);
    expect(normalizeAxes("sum", 1, 3)).toEqual([1]);
  });

  test.each([3, -4, 0.5, NaN])("refuse %s of rank 3", (axis) => {
    expect(() => normalizeAxis("sum", axis, 3)).toThrow(ShapeError);
    expect(() => normalizeAxis("sum", axis, 3)).toThrow(
      `sum: axis ${axis} is out of range for rank 3. Use -3 to 2.`,
    );
  });

  test("refuse one axis named twice", () => {
    expect(() => normalizeAxes("sum", [0, -2], 2)).toThrow("name one axis twice");
  });

  test("reduce", () => {
    expect(reduceShape([2, 3, 4], [0, 2], false)).toEqual([3]);
    expect(reduceShape([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1]);
  });
});

test.each([[[-1]], [[1.5]], [[NaN]], [[65536, 65536]]])("checkShape refuses %j", (shape) => {
  expect(() => checkShape("zeros", shape)).toThrow(ShapeError);
});

test("checkShape takes every shape of small dimensions", () => {
  fc.assert(fc.property(shapes, (shape) => checkShape("zeros", shape)));
});
