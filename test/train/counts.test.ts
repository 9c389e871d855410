// What a training step costs: one submit, one pass, at most three dispatches a layer, and nothing created.

import { describe, expect, test } from "vitest";
import { adam, sgd, type Optimizer } from "../../src/optim/index.ts";
import { webGpuDevice } from "../support/device.ts";
import { examples, trainerOf } from "./networks.ts";
import { callsDuring } from "./watch.ts";

const STEPS = 5;

const momentum = (amount: number): Optimizer => sgd({ learningRate: 1, momentum: amount });
const optimizers: readonly (readonly [Optimizer, layers: readonly number[]])[] = [
  [momentum(0), [2, 3, 5]],
  [momentum(0.5), [2, 3, 5]],
  [adam({ learningRate: 0.01 }), [2]],
];

describe.each(optimizers)("$name", (optimizer, depths) => {
  test.each(depths)("a step of %i dense sigmoid layers", async (layers) => {
    const device = await webGpuDevice();
    const trainer = await trainerOf(device, { layers, optimizer });
    const program = await trainer.program(examples(32));
    const rows = (step: number): Uint32Array =>
      Uint32Array.from({ length: 8 }, (_, i) => (i * 3 + step) % 32);
    program.run({ rows: rows(0), learningRate: 1 });
    const calls = await callsDuring(device.gpu, () => {
      for (let step = 1; step <= STEPS; step++) program.run({ rows: rows(step), learningRate: 1 });
    });
    const { dispatchWorkgroups, setPipeline, setBindGroup, writeBuffer, ...rest } = calls;
    expect(rest).toEqual({ submit: STEPS, beginComputePass: STEPS, createCommandEncoder: STEPS });
    const dispatches = (dispatchWorkgroups ?? 0) / STEPS;
    expect(dispatches).toBe(program.plan.dispatches.length);
    expect(dispatches).toBeLessThanOrEqual(3 * layers);
    expect([setPipeline, setBindGroup]).toEqual([dispatchWorkgroups, dispatchWorkgroups]);
    // The rows; the rate stays as it is.
    expect(writeBuffer).toBe(STEPS);
    await trainer.dispose();
  });
});

test("the watch sees what it counts", async () => {
  const device = await webGpuDevice();
  const calls = await callsDuring(device.gpu, async () => {
    const buffer = device.createBuffer(4, "watched");
    await device.read(buffer, 4);
    await device.read(buffer, 4);
    buffer.destroy();
  });
  expect(calls).toMatchObject({ submit: 2, copyBufferToBuffer: 2, mapAsync: 2 });
  expect(calls["createBuffer"]).toBeGreaterThanOrEqual(1);
});
