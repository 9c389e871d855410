// A profile times every dispatch on copies: the program's own state stays as it is.

import { expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { zeros } from "../../src/core/host_tensor.ts";
import { profile } from "../../src/inspect/profile.ts";
import { spec } from "../../src/trace/trace.ts";
import { cpuDevice, webGpuDevice } from "../support/device.ts";
import { examples, trainerOf } from "../train/networks.ts";

test("a training step", async () => {
  const trainer = await trainerOf(cpuDevice);
  const set = examples(16);
  const program = await trainer.program(set);
  program.run({ rows: Uint32Array.from({ length: 8 }, (_, i) => i), learningRate: 1 });
  const before = await trainer.params();
  const report = await profile(program, { rounds: 3 });
  expect(await trainer.params()).toEqual(before);

  expect(report.rows).toHaveLength(program.plan.dispatches.length);
  expect(report.rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
  // The first product is (8,5)·(5,4): it reads 8 rows of 5, not the set, 20 weights and 4 biases, and writes 32 numbers.
  const [first] = report.rows;
  expect(first?.flops).toBe(2 * 8 * 5 * 4);
  expect(first?.bytes).toBe(4 * (8 + 8 * 5 + 20 + 4 + 32));
  expect(first?.flopsPerByte).toBeCloseTo(320 / 416, 12);
  await trainer.dispose();
});

test("each dispatch stands beside the ceiling it works under", async () => {
  const program = await compile(cpuDevice, (x, w) => x.matmul(w).sum(0), spec([8, 5]), spec([5, 4]));
  program.run(zeros([8, 5]), zeros([5, 4]));
  // The product has 320 FLOPs and 368 bytes: above half a FLOP for each byte, it is compute that bounds it.
  const ceilings = { gigaflopsPerSecond: 0.01, gigabytesPerSecond: 0.02 };
  const given = await profile(program, { rounds: 1, ceilings });
  expect(given.ceilings).toBe(ceilings);
  expect(given.rows.map(({ bound }) => bound)).toEqual(["compute", "memory"]);
  const [product] = given.rows;
  expect(product?.ofCeiling).toBeCloseTo((product?.gigaflopsPerSecond ?? NaN) / 0.01, 9);
  expect(String(given)).toMatch(
    /of ceiling\n.* % compute\n.* % memory\nceilings: compute 0.01 GFLOP\/s, memory 0.02 GB\/s$/,
  );

  const measured = await profile(program, { rounds: 1 });
  expect(measured.ceilings?.gigaflopsPerSecond).toBeGreaterThan(0);
  const without = await profile(program, { rounds: 1, ceilings: false });
  expect(without.ceilings).toBeUndefined();
  expect(without.rows.map(({ bound, ofCeiling }) => bound ?? ofCeiling)).toEqual([undefined, undefined]);
  expect(String(without)).not.toContain("ceiling");
  program.dispose();
});

test("a product on WebGPU, by its clock", async () => {
  const device = await webGpuDevice();
  const program = await compile(device, (x, w) => x.matmul(w), spec([256, 64]), spec([64, 8]));
  program.run(zeros([256, 64]), zeros([64, 8]));
  const { rows, milliseconds } = await profile(program, { rounds: 3, ceilings: false });
  expect(rows).toHaveLength(1);
  expect(rows[0]?.milliseconds).toBeGreaterThan(0);
  expect(milliseconds).toBe(rows[0]?.milliseconds);
  expect(rows[0]?.gigaflopsPerSecond).toBeCloseTo((2 * 256 * 64 * 8) / milliseconds / 1e6, 9);
  program.dispose();
});
