import { hostTensor, type HostTensor } from "chainrule";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { distance, type Library } from "../../bench/contender.ts";
import { measure } from "../../bench/measure.ts";
import { problemOf } from "../../bench/nets.ts";
import { roundsFor, stepsFor } from "../../bench/pace.ts";
import { Runner } from "../../bench/runner.ts";
import { agrees } from "../../bench/side.ts";
import { spreadOf } from "../../bench/statistics.ts";
import { webgpu } from "../../bench/webgpu.ts";
import { useFakeGpu } from "./fake_gpu.ts";

beforeEach(useFakeGpu);

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
  const net = { sizes: [4, 3, 2], batchSize: 5, optimizer: "sgd" } as const;
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

test("a single output's targets are zeros and ones", () => {
  const { data } = problemOf({ sizes: [2, 8, 1], batchSize: 16, optimizer: "sgd" });
  expect(new Set(data.y.data)).toEqual(new Set([0, 1]));
});

test("a round lasts long enough for the fastest side and for the slowest, but makes no needless steps", () => {
  expect(stepsFor([0.01, 0.1], { longest: 10_000 })).toBe(200);
  expect(stepsFor([0.01, 0.1], { longest: 10_000, most: 60 })).toBe(60);
  expect(stepsFor([2, 20], { longest: 10_000 })).toBe(30);
  expect(stepsFor([2, 5], { longest: 10_000 })).toBe(100);
  expect(stepsFor([100, 400], { longest: 10_000 })).toBe(3);
  expect(stepsFor([100, 2000], { longest: 10_000 })).toBe(1);
  expect(stepsFor([0.1, 40], { longest: 800 })).toBe(20);
});

test("rounds are as many as there is time for, within their bounds", () => {
  const pace = { rounds: 21, fewest: 5, budget: 1000 };
  expect(roundsFor([1, 4], 20, pace)).toBe(10);
  expect(roundsFor([1, 4], 2, pace)).toBe(21);
  expect(roundsFor([1, 4], 200, pace)).toBe(5);
});

/** Its loss after step n is `lossAt(n)`, its one weight is n. */
const counting = (lossAt: (step: number) => number, wait = false): Library => ({
  name: "counting",
  version: "1",
  api: webgpu,
  async create() {
    let steps = 0;
    return {
      step: () => {
        if (!wait) return void steps++;
        return Promise.resolve().then(() => void steps++);
      },
      loss: async () => lossAt(steps),
      weights: async () => [{ weight: vector(steps), bias: vector(1) }],
      dispose: async () => {},
    };
  },
});

test("losses and weights are compared at the steps that both sides have shown", async () => {
  const problem = problemOf({ sizes: [2, 1], batchSize: 1, optimizer: "sgd" });
  const first = await Runner.start(
    counting((step) => step),
    problem,
  );
  // Differs at step 4 by a half, and at step 9, which the first does not show, by more.
  const second = await Runner.start(
    counting((step) => (step === 4 ? 6 : step === 9 ? 90 : step), true),
    problem,
  );
  for (const runner of [first, second]) await runner.chunk(2);
  await second.snapshot();
  expect(second.differenceFrom(first)).toEqual({ loss: 0, weights: NaN });
  await first.snapshot();
  expect(second.differenceFrom(first)).toEqual({ loss: 0, weights: 0 });
  for (const runner of [first, second]) await runner.chunk(1);
  await second.chunk(5);
  await second.snapshot();
  expect(second.differenceFrom(first)).toEqual({ loss: 0.5, weights: 0 });
});

test("what was not compared, or is not a number, does not agree", () => {
  expect(agrees({ loss: 1e-5, weights: 1e-5 })).toBe(true);
  expect(agrees({ loss: 1e-3, weights: 1e-5 })).toBe(false);
  expect(agrees({ loss: 1e-5, weights: NaN })).toBe(false);
});

describe("by a clock that only the contenders turn", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
  });

  /** Milliseconds to make it, to make ready for a turn, and for a step. */
  const timed = (
    times: { create?: number; enter?: number; step: number },
    more?: Partial<Library>,
  ): Library => ({
    ...counting((step) => step),
    api: undefined,
    ...more,
    async create(problem) {
      vi.advanceTimersByTime(times.create ?? 0);
      const contender = await counting((step) => step).create(problem);
      return {
        ...contender,
        enter: async () => void vi.advanceTimersByTime(times.enter ?? 0),
        step: () => {
          vi.advanceTimersByTime(times.step);
          return contender.step();
        },
      };
    },
  });

  const pace = { warm: 1, rounds: 5, fewest: 3, budget: 1, longest: 60, sampling: 1, once: 20, skip: 50 };
  const small = problemOf({ sizes: [2, 1], batchSize: 1, optimizer: "sgd" });
  const exactly = (time: number) => ({ median: time, min: time, max: time });

  test("rounds, one trial, or none: by the time of a step", async () => {
    const hopeless = timed({ create: 90, step: 11 });
    const libraries = [
      timed({ step: 2 }),
      timed({ step: 4 }),
      timed({ step: 30 }),
      timed({ step: 60 }),
      hopeless,
    ];
    const { sides, rounds } = await measure(libraries, small, "a net", pace);
    expect(rounds).toBe(3);
    expect(sides.map(({ measured }) => measured)).toEqual([
      "in rounds",
      "in rounds",
      "once",
      "skipped",
      "skipped",
    ]);
    // The last one's is its first step with all before it, since that alone is too slow.
    expect(sides.map(({ step }) => step)).toEqual([2, 4, 30, 60, 101].map(exactly));
    expect(sides.map(({ ratio }) => ratio)).toEqual([undefined, 2, 15, 30, 50.5]);
    const same = { loss: 0, weights: 0 };
    expect(sides.map(({ difference }) => difference)).toEqual([undefined, same, same, same, same]);
    expect(sides.map(({ cost }) => cost?.javascript?.median)).toEqual([2, 4, 30, undefined, undefined]);
  });

  test("another algorithm has a ratio of times and nothing that could differ", async () => {
    const other = timed({ step: 6 }, { algorithm: "something else", elsewhere: true });
    const { sides } = await measure([timed({ step: 2 }), other], small, "a net", pace);
    expect(sides[1]).toMatchObject({ algorithm: "something else", difference: undefined, ratio: 3 });
    expect(sides[1]?.cost).toEqual({ javascript: undefined, overhead: undefined, calls: undefined });
  });

  test("a contender makes ready before its turn, and not at the cost of its time", async () => {
    const runner = await Runner.start(timed({ create: 5, enter: 100, step: 3 }), small);
    expect(runner.firstStep).toBe(8);
    expect(await runner.chunk(2)).toBe(3);
    expect(performance.now()).toBe(114);
    await runner.snapshot();
    expect(performance.now()).toBe(214);
  });
});
