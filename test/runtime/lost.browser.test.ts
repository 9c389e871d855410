// The one way to an unplanned loss: the browser's GPU process crashes.

import { expect, test } from "vitest";
import { commands } from "vitest/browser";
import { compile } from "../../src/compile.ts";
import { DeviceError } from "../../src/core/errors.ts";
import { openDevice } from "../../src/open/open.ts";
import { openWebGpu } from "../../src/runtime/webgpu/webgpu_device.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";

test("a crash of the GPU process is a DeviceError with its reason, and a new device works", async () => {
  const device = await openWebGpu();
  const f = (x: Tensor): Tensor => x.add(1);
  const program = await compile(device, f, spec([2]));
  const view = program.run([1, 2]);
  expect(Array.from((await view.read()).data)).toEqual([2, 3]);
  await commands.crashGpu();
  await device.gpu.lost;
  for (const use of [() => program.run([1, 2]), () => view.read(), () => compile(device, f, spec([3]))]) {
    await expect(async () => use()).rejects.toThrow(DeviceError);
    await expect(async () => use()).rejects.toThrow(
      /^webgpu: the device was lost \(unknown\)\..* Open a new one/,
    );
  }
  await expect.poll(() => navigator.gpu.requestAdapter(), { timeout: 10_000 }).not.toBeNull();
  const next = await openDevice({ backend: "webgpu" });
  const again = await compile(next, f, spec([2]));
  expect(Array.from((await again.run([1, 2]).read()).data)).toEqual([2, 3]);
  next.dispose();
});
