// Enough runs for the clock, and no more memory than they need.

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Bound } from "../../src/runtime/device.ts";
import { scratchFor } from "../../src/runtime/scratch.ts";
import { median, repeatsOf, warmUp } from "../../src/runtime/timing.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { timedDevice } from "../support/timed_device.ts";

test("runs are repeated until they take as long as forty ticks of a browser's clock", async () => {
  const asked: number[] = [];
  const taking = (milliseconds: number) =>
    ({
      async time(_, repeats) {
        asked.push(repeats);
        return Math.floor(10 * repeats * milliseconds) / 10;
      },
    }) satisfies Partial<Bound> as unknown as Bound;
  expect(await repeatsOf(taking(5), 0)).toBe(1);
  expect(asked).toEqual([1]);
  // 0, 0.1, 0.4, 1.9 and 7.6 ms
  expect(await repeatsOf(taking(0.03), 0)).toBe(256);
  expect(await repeatsOf(taking(0), 0)).toBe(1024);
});

test("a GPU is kept at work for a while first, others are not", async () => {
  let runs = 0;
  const bound = { time: async () => runs++ } satisfies Partial<Bound> as unknown as Bound;
  await warmUp(bound, 0, plainSoftware);
  expect(runs).toBe(0);
  const started = performance.now();
  await warmUp(bound, 0, plainGpu);
  expect(performance.now() - started).toBeGreaterThan(90);
  expect(runs).toBeGreaterThan(0);
});

test("the median is one of the numbers, in any order", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([10, 9])).toBe(10);
  expect(median([])).toBeNaN();
});

test("what no dispatch binds has no memory", () => {
  const args = ["x", "y", "z"].map((name) => ({ name, specs: spec([100]) }));
  const { graph } = trace((x: Tensor, y: Tensor, z: Tensor) => [x.add(y), z.matmul(z)], args);
  const plan = lower(graph, plainGpu);
  const device = timedDevice(plainGpu, () => 1);
  const bytes = (): number => [...device.kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const all = scratchFor(device, plan);
  expect(all.map(({ byteLength }) => byteLength)).toEqual([400, 400, 400, 400, 4]);
  expect(bytes()).toBe(1604);
  for (const buffer of all) buffer.destroy();
  const [sum] = plan.dispatches.filter(({ kernel }) => !kernel.shader.name.startsWith("matmul"));
  if (!sum) throw new Error("the sum is missing");
  const few = scratchFor(device, { ...plan, dispatches: [sum] });
  expect(few).toHaveLength(5);
  expect(bytes()).toBe(1204);
});
