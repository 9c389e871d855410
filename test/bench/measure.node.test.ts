import { hostTensor, type HostTensor } from "chainrule";
import { expect, test } from "vitest";
import { distance } from "../../bench/contender.ts";
import { problemOf } from "../../bench/nets.ts";
import { spreadOf } from "../../bench/statistics.ts";

test("the median of an even count lies between the middle two", () => {
  expect(spreadOf([9, 1, 3])).toEqual({ median: 3, min: 1, max: 9 });
  expect(spreadOf([10, 9, 1, 2])).toEqual({ median: 5.5, min: 1, max: 10 });
});

const vector = (...data: number[]): HostTensor => hostTensor(Float32Array.from(data), [data.length]);

test("the distance of weights is relative to the second side, and NaN where one is missing", () => {
  const weights = [{ weight: vector(3), bias: vector(4) }];
  expect(distance(weights, weights)).toBe(0);
  expect(distance([{ weight: vector(3), bias: vector(4.5) }], weights)).toBeCloseTo(0.1, 12);
  expect(distance([], weights)).toBeNaN();
});

test("a problem is the same each time, and its batches hold every row once", () => {
  const net = { sizes: [4, 3, 2], batchSize: 5 };
  const problem = problemOf(net);
  expect(problem).toEqual(problemOf(net));
  expect(problem.layers.map(({ weight, bias }) => [weight.shape, bias.shape])).toEqual([
    [[4, 3], [3]],
    [[3, 2], [2]],
  ]);
  expect(problem.batches.flatMap((rows) => [...rows]).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, i) => i),
  );
  const { y } = problem.data;
  for (let row = 0; row < 20; row++) expect((y.data[2 * row] ?? 0) + (y.data[2 * row + 1] ?? 0)).toBe(1);
});
