// A device that is lost, or disposed, while it is in use: a DeviceError that says why, and no numbers.

import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { DeviceError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import { openWebGpu } from "../../src/runtime/webgpu/webgpu_device.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { examples, trainerOf } from "../train/networks.ts";

const f = (x: Tensor): Tensor => x.add(1);

describe("lost", () => {
  const reason = /^webgpu: the device was lost \(destroyed\)\..* Open a new one/;

  test("every use of it afterwards", async () => {
    const device = await openWebGpu();
    const program = await compile(device, f, spec([2]));
    const view = program.run([1, 2]);
    device.gpu.destroy();
    await device.gpu.lost;
    for (const use of [
      () => program.run([1, 2]),
      () => view.read(),
      () => upload(device, tensor([1])),
      () => compile(device, f, spec([3])),
      () => device.idle(),
    ]) {
      await expect(async () => use()).rejects.toThrow(DeviceError);
      await expect(async () => use()).rejects.toThrow(reason);
    }
  });

  test("a read-back that was on its way", async () => {
    const device = await openWebGpu();
    const program = await compile(device, f, spec([2]));
    const read = program.run([1, 2]).read();
    device.gpu.destroy();
    await expect(read).rejects.toThrow(DeviceError);
    await expect(read).rejects.toThrow(reason);
  });

  test("training that was under way", async () => {
    const device = await openWebGpu();
    const trainer = await trainerOf(device);
    const run = async () => {
      for await (const { epoch } of trainer.fit(examples(32), { epochs: 1000 }))
        if (epoch === 2) device.gpu.destroy();
    };
    await expect(run()).rejects.toThrow(reason);
  });
});

describe("disposed", () => {
  test.each([
    ["webgpu", openWebGpu],
    ["cpu", async () => new CpuDevice("test")],
  ] as const)("%s", async (name, open) => {
    const device = await open();
    const program = await compile(device, f, spec([2]));
    const view = program.run([1, 2]);
    device.dispose();
    for (const use of [
      () => program.run([1, 2]),
      () => view.read(),
      () => upload(device, tensor([1])),
      () => compile(device, f, spec([3])),
    ]) {
      await expect(async () => use()).rejects.toThrow(DeviceError);
      await expect(async () => use()).rejects.toThrow(`${name}: the device was disposed. Open a new one.`);
    }
  });
});
