// Rounds that warm up do not count.

import { afterEach, expect, test, vi } from "vitest";
import type { Library } from "../../bench/contender.ts";
import { measureGrowth } from "../../bench/growth/measure.ts";
import { measure } from "../../bench/measure.ts";
import type { Training } from "../../bench/nets.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const pace = { rounds: 3, fewest: 3, budget: 1, once: 1000, skip: 1000, longest: 1000, sampling: 0 };
const training: Training = { sizes: [2, 1], batchSize: 1, optimizer: "sgd" };

/** A step takes 100 ms until a loss was read `slow` times, then 50. */
function warmingUp(slow: number): Library {
  let now = 0;
  let losses = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  return {
    name: "library",
    version: "1",
    api: undefined,
    create: async () => ({
      step: () => void (now += losses < slow ? 100 : 50),
      loss: async () => ++losses,
      weights: async () => [],
      dispose: async () => {},
    }),
  };
}

/** Chunks before the rounds: the first step, and trials. */
const OF_NETS = 5;
const OF_GROWTH = 3;

test.each([
  [0, { median: 50, min: 50, max: 100 }],
  [2, { median: 50, min: 50, max: 50 }],
])("%i rounds before a net's", async (warm, step) => {
  const library = warmingUp(OF_NETS + 1);
  const { sides } = await measure([library], undefined as never, "", { ...pace, warm });
  expect(sides[0]?.step).toEqual(step);
});

test.each([
  [0, { median: 50, min: 50, max: 100 }],
  [2, { median: 50, min: 50, max: 50 }],
])("%i rounds before an axis's", async (warm, step) => {
  const axis = { name: "", of: "", unit: "", points: [{ at: 1, training, units: 1 }] };
  const [curve] = await measureGrowth([warmingUp(OF_GROWTH + 1)], axis, { ...pace, warm });
  expect(curve?.points[0]?.step).toEqual(step);
});
