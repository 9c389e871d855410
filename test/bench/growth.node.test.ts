import { afterEach, expect, test, vi } from "vitest";
import type { Library } from "../../bench/contender.ts";
import { axes, type Axis, type Point } from "../../bench/growth/axes.ts";
import { costOf, largestRise, lastToFirst, type Curve, type Measured } from "../../bench/growth/curve.ts";
import { measureGrowth } from "../../bench/growth/measure.ts";
import { curveText } from "../../bench/growth/report.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const spread = (median: number) => ({ median, min: median / 2, max: 2 * median });

/** Points at 1, 2, 4, … with that many units; `times` are milliseconds a step. */
const curve = (...times: readonly number[]): Curve => ({
  library: "ours 1",
  points: times.map((time, i) => ({
    at: 2 ** i,
    units: 2 ** i,
    step: spread(time),
    overhead: spread(0.5),
  })),
  skipped: [],
});

/** The same but for a median ten times as long. */
const late = (point: Measured): Measured => ({
  ...point,
  step: { ...point.step, median: 10 * point.step.median },
});

test("axes double, and a step's work is counted in units", () => {
  expect(axes.map(({ points }) => points.map(({ at }) => at))).toEqual([
    [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192],
    [1, 2, 4, 8, 16],
    [64, 128, 256, 512, 1024, 2048],
  ]);
  const [batch, layers, width] = axes.map(({ points }) => points[1]);
  expect(batch).toMatchObject({ units: 64, training: { sizes: [784, 128, 10], batchSize: 64 } });
  // Two layers: forward and dW for each, dX for the second alone.
  expect(layers).toMatchObject({ units: 5, training: { sizes: [128, 128, 128], batchSize: 64 } });
  expect(width?.units).toBeCloseTo(5 * 2 * 64 * 0.128 * 0.128, 9);
  expect(width).toMatchObject({ training: { sizes: [128, 128, 128] } });
});

test("a curve bends where a unit costs more than at a smaller place", () => {
  const linear = curve(2, 4, 8);
  expect(linear.points.map((point) => costOf(point))).toEqual([2000, 2000, 2000]);
  expect([lastToFirst(linear), largestRise(linear)]).toEqual([1, 1]);
  const falling = curve(2, 3, 4);
  expect([lastToFirst(falling), largestRise(falling)]).toEqual([0.5, 0.75]);
  // Down to a half, then up by a half of that.
  const bent = curve(2, 2, 6);
  expect([lastToFirst(bent), largestRise(bent)]).toEqual([0.75, 1.5]);
  expect(costOf({ at: 1, units: 4, step: spread(8), overhead: undefined }, "min")).toBe(1000);
  const unlucky = { ...linear, points: linear.points.map((point, i) => (i === 2 ? late(point) : point)) };
  expect([lastToFirst(unlucky), largestRise(unlucky)]).toEqual([10, 10]);
  expect([lastToFirst(unlucky, "min"), largestRise(unlucky, "min")]).toEqual([1, 1]);
  expect([lastToFirst(curve()), largestRise(curve(1))]).toEqual([NaN, NaN]);
});

test("a curve is told with its bends, its overhead and what was skipped", () => {
  const axis: Axis = { name: "batch", of: "a net", unit: "sample", points: [] };
  const text = curveText(axis, { ...curve(2, 2, 6), skipped: [8] });
  expect(text).toContain(
    "a net. At 4, a sample costs **0.75×** what it costs at 1 (0.75× in the fastest rounds); nowhere more than 1.50× what",
  );
  expect(text).toContain(
    `| 2 | 2.00 (1.00–4.00) | 1000 | 0.50× | 0.50 (0.25–1.00) | 25.0 % | \`${"█".repeat(12)}\` |`,
  );
  expect(text).toMatch(/\| 8 \| skipped: too slow \|/);
});

/** A step takes as many milliseconds as its batch is large, by a clock that nothing else moves; it has no dispatches. */
function slow(tried: number[]): Library {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  return {
    name: "slow",
    version: "1",
    api: undefined,
    async create({ batchSize }) {
      tried.push(batchSize);
      return {
        step: () => void (now += batchSize),
        loss: async () => 1,
        weights: async () => [],
        dispose: async () => {},
      };
    },
  };
}

const place = (batchSize: number, units = batchSize): Point => ({
  at: batchSize,
  training: { sizes: [2, 1], batchSize, optimizer: "sgd" },
  units,
});

test.each([
  ["without a trial where the one before tells", place(80), [1, 20, 40]],
  ["after a trial where it does not", place(80, 41), [1, 20, 40, 80]],
])("a place that is too slow is skipped, %s", async (_, last, expected) => {
  const tried: number[] = [];
  const axis: Axis = {
    name: "",
    of: "",
    unit: "",
    points: [place(1), place(20), place(40), last, place(90)],
  };
  const pace = { warm: 1, rounds: 2, fewest: 2, budget: 1, skip: 60 };
  const [measured] = await measureGrowth([slow(tried)], axis, pace);
  expect(tried).toEqual(expected);
  expect(measured).toEqual({
    library: "slow 1",
    points: [1, 20, 40].map((time) => ({
      at: time,
      units: time,
      step: { median: time, min: time, max: time },
      overhead: undefined,
    })),
    skipped: [80, 90],
  });
});
