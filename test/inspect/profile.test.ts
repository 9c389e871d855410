// A profile times every dispatch on copies: the program's own state stays as it is.

import { expect, test } from "vitest";
import { profile } from "../../src/inspect/profile.ts";
import type { Device } from "../../src/runtime/device.ts";
import { cpuDevice, webGpuDevice } from "../support/device.ts";
import { examples, trainerOf } from "../train/networks.ts";

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["the CPU", async () => cpuDevice],
  ["WebGPU", webGpuDevice],
];

test.each(devices)("a training step on %s", async (_, open) => {
  const trainer = await trainerOf(await open());
  const set = examples(16);
  const program = await trainer.program(set);
  program.run({ rows: Uint32Array.from({ length: 8 }, (_row, i) => i), learningRate: 1 });
  const before = await trainer.params();
  const report = await profile(program, { rounds: 3 });
  expect(await trainer.params()).toEqual(before);

  expect(report.rows.map(({ dispatch }) => dispatch)).toHaveLength(program.plan.dispatches.length);
  for (const row of report.rows) expect(row.milliseconds).toBeGreaterThanOrEqual(0);
  expect(report.milliseconds).toBeGreaterThan(0);
  expect(report.rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
  // The first product is (8,5)·(5,4): it reads 8 rows of 5, not the set, 20 weights and 4 biases, and writes 32 numbers.
  const [first] = report.rows;
  expect(first?.flops).toBe(2 * 8 * 5 * 4);
  expect(first?.bytes).toBe(4 * (8 + 8 * 5 + 20 + 4 + 32));
  expect(String(report)).toContain("GFLOP/s");
  await trainer.dispose();
});
