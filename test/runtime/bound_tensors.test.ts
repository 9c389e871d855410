// What a program may be bound to.

import { describe, expect, test } from "vitest";
import { compile, compileStep } from "../../src/compile.ts";
import { DeviceError, LimitError, ShapeError, ValueError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import type { Device } from "../../src/runtime/device.ts";
import { upload, type DeviceTensor } from "../../src/runtime/device_tensor.ts";
import { openDevice } from "../../src/open/open.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { WebGpuDevice } from "../../src/runtime/webgpu/webgpu_device.ts";
import { spec } from "../../src/trace/trace.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { plainGpu } from "../support/profiles.ts";

test("state is bound once: not as another state, not as an input", async () => {
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()]) {
    const w = upload(device, tensor([1, 2]));
    const twice = compileStep(
      device,
      ({ a, b }: { a: Tensor; b: Tensor }) => [{ a: a.add(1), b: b.mul(10) }, []] as const,
      { a: w, b: w },
      [],
    );
    await expect(twice).rejects.toThrow(ValueError);
    await expect(twice).rejects.toThrow(/^compile: a and b are one tensor.*copy/);
    const asInput = compileStep(
      device,
      ({ w }: { w: Tensor }, { x }: { x: Tensor }) => [{ w: w.add(x) }, x.mul(3)] as const,
      { w },
      { x: w },
    );
    await expect(asInput).rejects.toThrow(/^compile: w and x are one tensor/);
    expect(Array.from((await w.read()).data)).toEqual([1, 2]);
    w.dispose();
  }
});

test("what is only read may be bound twice", async () => {
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()]) {
    const x = upload(device, tensor([1, 2]));
    const program = await compile(device, (p: Tensor, q: Tensor) => p.mul(q), x, x);
    expect(Array.from((await program.run().read()).data)).toEqual([1, 4]);
    program.dispose();
    x.dispose();
  }
});

test("memory of another device of the same kind is refused, and the device goes on", async () => {
  for (const backend of ["cpu", "webgpu"] as const) {
    const [one, other] = [await openDevice({ backend }), await openDevice({ backend })];
    const held = upload(one, tensor([1, 2]));
    const made = compile(other, (x: Tensor) => x.mul(2), held);
    await expect(made).rejects.toThrow(DeviceError);
    await expect(made).rejects.toThrow(/^compile: x is in memory of another device\. Move/);
    await other.idle();
    one.dispose();
    other.dispose();
  }
});

describe("a program over other tensors", () => {
  const scaled = (device: Device, x: DeviceTensor) =>
    compile(device, (x: Tensor, by: Tensor) => x.mul(by), x, spec([]));

  test("gives their results; arguments are one, and so are the outputs", async () => {
    for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()]) {
      const [x, y] = [upload(device, tensor([1, 2])), upload(device, tensor([3, 4]))];
      const program = await scaled(device, x);
      const other = program.rebound(new Map([[x, y]]));
      program.run(undefined, 10);
      expect(Array.from((await other.run().read()).data)).toEqual([30, 40]);
      expect(Array.from((await program.outputs.read()).data)).toEqual([30, 40]);
      other.dispose();
      expect(Array.from((await program.run().read()).data)).toEqual([10, 20]);
      const last = program.rebound(new Map());
      program.dispose();
      expect(() => last.run()).toThrow(DeviceError);
      expect(() => last.run()).toThrow("its memory was disposed");
      expect(x.buffer.destroyed || y.buffer.destroyed).toBe(false);
      for (const held of [x, y]) held.dispose();
    }
  });

  test("is refused where one does not fit", async () => {
    const x = upload(cpuDevice, tensor([1, 2]));
    const program = await scaled(cpuDevice, x);
    for (const wrong of [tensor([1, 2, 3]), tensor([1, 2], [2], "i32")]) {
      const other = upload(cpuDevice, wrong);
      expect(() => program.rebound(new Map([[x, other]]))).toThrow(ShapeError);
      expect(() => program.rebound(new Map([[x, other]]))).toThrow(
        /^rebound: .*\[\d\] cannot take the place of f32\[2\]/,
      );
      other.dispose();
    }
    const elsewhere = upload(await openDevice({ backend: "cpu" }), tensor([1, 2]));
    expect(() => program.rebound(new Map([[x, elsewhere]]))).toThrow("in memory of another device");
    program.dispose();
    x.dispose();
  });
});

test("a tensor larger than the device's limits is refused by the limit's name, and the device goes on", async () => {
  const { gpu, reason } = await webGpuDevice();
  const small = { ...plainGpu, limits: { ...plainGpu.limits, maxStorageBufferBindingSize: 8 } };
  const device = new WebGpuDevice(gpu, small, reason);
  expect(() => upload(device, tensor([1, 2, 3]), "data x")).toThrow(LimitError);
  expect(() => upload(device, tensor([1, 2, 3]), "data x")).toThrow(
    /^data x: 12 bytes exceed maxStorageBufferBindingSize \(8\) of .*stream the data set/,
  );
  const kept = upload(device, tensor([1, 2]));
  expect(Array.from((await kept.read()).data)).toEqual([1, 2]);
  kept.dispose();
});
