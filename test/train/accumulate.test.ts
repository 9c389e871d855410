// Several batches that make one update.

import { describe, expect, test } from "vitest";
import { hostTensor, tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { leavesOf } from "../../src/core/tree.ts";
import { adam } from "../../src/optim/index.ts";
import type { Device } from "../../src/runtime/device.ts";
import { isDeviceTensor, type DeviceTensor } from "../../src/runtime/device_tensor.ts";
import type { TrainerOptions } from "../../src/train/options.ts";
import { expectClose } from "../support/close.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { examples, reportsOf, trainerOf } from "./networks.ts";
import { callsDuring } from "./watch.ts";

const EPOCHS = 3;

async function fitted(device: Device, count: number, options: Parameters<typeof trainerOf>[1]) {
  const trainer = await trainerOf(device, options);
  const reports = await reportsOf(trainer.fit(examples(count), { epochs: EPOCHS }));
  const params = await trainer.params();
  const steps = trainer.stepCount;
  await trainer.dispose();
  return { params, steps, losses: tensor(reports.map(({ loss }) => loss)) };
}

const kinds: readonly (readonly [string, Partial<TrainerOptions>])[] = [
  ["SGD", {}],
  ["Adam, clipped", { optimizer: adam({ learningRate: 0.01 }), clipNorm: 0.05 }],
];

// Of 21 examples: 4, 4, 4 and 4, 4, 1 against 12 and 9; of 20, which takes fewer kernels: 4, 4, 4 and 4, 4 against 12 and 8.
describe.each([
  ["the CPU", 21, async () => cpuDevice],
  ["WebAssembly", 21, wasmDevice],
  ["gpu.js", 21, gpujsDevice],
  ["WebGPU", 20, webGpuDevice],
] as const)("on %s", (_, count, open) => {
  test.each(kinds)("%s: batches of 4 in threes are batches of 12", async (_, options) => {
    const device = await open();
    const parts = await fitted(device, count, { ...options, batchSize: 4, accumulate: 3 });
    const whole = await fitted(device, count, { ...options, batchSize: 12 });
    expect([parts.steps, whole.steps]).toEqual([Math.ceil(count / 4) * EPOCHS, 2 * EPOCHS]);
    // Numbers near 1, six updates, each of sums in another order.
    const tolerance = { rtol: 0, atol: 6 * 4 * 2 ** -23 };
    expectClose(parts.losses, whole.losses, tolerance, "losses");
    for (const [name, want] of Object.entries(whole.params))
      expectClose(parts.params[name] as HostTensor, want, tolerance, name);
  });
});

test("a last group of one batch", async () => {
  const parts = await fitted(cpuDevice, 9, { batchSize: 4, accumulate: 2 });
  const whole = await fitted(cpuDevice, 9, { batchSize: 8 });
  expect(parts.steps).toBe(3 * EPOCHS);
  expectClose(parts.losses, whole.losses, { rtol: 0, atol: 1e-6 });
});

test("more batches in a group than an epoch has", async () => {
  const parts = await fitted(cpuDevice, 9, { batchSize: 4, accumulate: 100 });
  const whole = await fitted(cpuDevice, 9, { batchSize: 9 });
  expectClose(parts.losses, whole.losses, { rtol: 0, atol: 1e-6 });
});

test("what a group that was given up has left is no part of the next", async () => {
  const fit = async (left: number) => {
    const trainer = await trainerOf(cpuDevice, { batchSize: 4, accumulate: 3 });
    for (const { leaf } of leavesOf<DeviceTensor>(trainer.state.sums, isDeviceTensor)) {
      const data = new Float32Array(leaf.shape.reduce((size, dim) => size * dim, 1)).fill(left);
      leaf.write(hostTensor(data, leaf.shape));
    }
    await reportsOf(trainer.fit(examples(21), { epochs: 1 }));
    const params = await trainer.params();
    await trainer.dispose();
    return params;
  };
  const clean = await fit(0);
  expect(await fit(5)).toEqual(clean);
  expect(await fit(NaN)).toEqual(clean);
});

test("steps by hand: a group of one batch is a step, whatever came before", async () => {
  const set = examples(16);
  const half = [0, 1].map((i) => Uint32Array.from({ length: 8 }, (_, row) => 2 * row + i));
  const after = async (accumulate: number, groups: readonly (object | undefined)[]) => {
    const trainer = await trainerOf(cpuDevice, { accumulate });
    const program = await trainer.program(set);
    groups.forEach((group, i) => program.run({ rows: half[i], learningRate: 1, group }));
    const params = await trainer.params();
    await trainer.dispose();
    return params;
  };
  const plain = await after(1, [undefined]);
  const alone = await after(2, [{ carry: 0, examples: 8 }]);
  for (const [name, want] of Object.entries(plain))
    expectClose(alone[name] as HostTensor, want, { rtol: 0, atol: 1e-7 }, name);
  const twice = await after(1, [undefined, undefined]);
  const again = await after(2, [{ carry: 0, examples: 8 }, { carry: 0, examples: 8 }]); // prettier-ignore
  for (const [name, want] of Object.entries(twice))
    expectClose(again[name] as HostTensor, want, { rtol: 0, atol: 2e-7 }, name);
});

test("one submit a batch, and nothing is created", async () => {
  const device = await webGpuDevice();
  const trainer = await trainerOf(device, { batchSize: 4, accumulate: 3, clipNorm: 0.05 });
  const set = examples(20);
  const epoch = () => reportsOf(trainer.fit(set, { epochs: 1 }));
  await epoch();
  const { dispatchWorkgroups, setPipeline, setBindGroup, writeBuffer, ...rest } = await callsDuring(
    device.gpu,
    epoch,
  );
  // Five steps, and two read-backs: of the step's number, and of the losses.
  expect(rest).toEqual({
    submit: 7,
    beginComputePass: 5,
    createCommandEncoder: 7,
    copyBufferToBuffer: 2,
    mapAsync: 2,
  });
  expect([setPipeline, setBindGroup]).toEqual([dispatchWorkgroups, dispatchWorkgroups]);
  // Rows with each, and whether others came before where that changed: first and second of each group, and its examples.
  expect(writeBuffer).toBeLessThanOrEqual(5 * 3);
  await trainer.dispose();
});
