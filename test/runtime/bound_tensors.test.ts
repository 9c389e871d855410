// What a program may be bound to.

import { expect, test } from "vitest";
import { compile, compileStep } from "../../src/compile.ts";
import { DeviceError, ValueError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import { openDevice } from "../../src/runtime/open.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { cpuDevice, webGpuDevice } from "../support/device.ts";

test("state is bound once: not as another state, not as an input", async () => {
  for (const device of [cpuDevice, await webGpuDevice()]) {
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
  for (const device of [cpuDevice, await webGpuDevice()]) {
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
