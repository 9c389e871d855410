import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { dataset } from "../../src/data/dataset.ts";
import { shuffledRows } from "../../src/data/sampler.ts";
import { split, take } from "../../src/data/split.ts";

/** Row i of x is [i, −i], its label i. */
const numbered = (n: number) =>
  dataset({
    x: tensor(
      Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 ? -1 : 1) * Math.floor(i / 2)),
      [n, 2],
    ),
    y: tensor(Int32Array.from({ length: n }, (_, i) => i)),
    classes: n,
  });

describe("take", () => {
  test("keeps rows of all tensors together", () => {
    const part = take(numbered(4), [3, 1]);
    expect(part).toEqual({
      x: tensor([
        [3, -3],
        [1, -1],
      ]),
      y: tensor(new Int32Array([3, 1])),
      labels: part.y,
      classes: 4,
    });
  });

  test("gathers labels beside one-hot targets, and leaves out what is not there", () => {
    const source = dataset({
      x: tensor([1, 2]),
      y: tensor([
        [1, 0],
        [0, 1],
      ]),
      labels: tensor(new Int32Array([0, 1])),
    });
    expect(take(source, [1]).labels).toEqual(tensor(new Int32Array([1])));
    expect(take(dataset({ x: tensor([1, 2]), y: tensor([3, 4]) }), [1])).toEqual({
      x: tensor([2]),
      y: tensor([4]),
    });
  });

  test("refuses no rows and rows that are not there", () => {
    expect(() => take(numbered(2), [])).toThrow(ValueError);
    expect(() => take(numbered(2), [2])).toThrow("Use integers from 0 to 1");
  });
});

describe("split", () => {
  test("each example is in one part, whatever the seed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), fc.nat(), fc.nat(), (n, seed, at) => {
        const count = 1 + (at % (n - 1));
        const [train, test] = split(numbered(n), count, seed);
        expect(train.x.shape).toEqual([count, 2]);
        const all = [...train.y.data, ...test.y.data].sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  test("is a function of the seed, and not the first epoch's order", () => {
    const order = (seed: number) => [...split(numbered(20), 10, seed)[0].y.data];
    expect(order(7)).toEqual(order(7));
    expect(order(7)).not.toEqual(order(8));
    expect(order(7)).not.toEqual([...shuffledRows(20, 7, 0).subarray(0, 10)]);
  });

  test("a fraction rounds down", () => {
    expect(split(numbered(9), 0.5)[0].x.shape).toEqual([4, 2]);
    expect(split(numbered(100), 0.29)[0].x.shape).toEqual([29, 2]);
  });

  test.each([0, 1.5, -0.5, 5, 0.1, NaN])("refuses %s of five", (train) => {
    expect(() => split(numbered(5), train)).toThrow(ValueError);
    expect(() => split(numbered(5), train)).toThrow(
      `split: train is ${train} of 5 examples. Use a count from 1 to 4`,
    );
  });
});
