import { expect, test } from "vitest";
import { commands } from "vitest/browser";
import { expectCompiles } from "./rig.ts";

test("the browser has a WebGPU device", async () => {
  await expectCompiles(await navigator.gpu.requestAdapter());
});

test("a crash of the GPU process loses the device, and another follows", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter?.requestDevice();
  await commands.crashGpu();
  expect((await device?.lost)?.reason).toBe("unknown");
  await expect.poll(() => navigator.gpu.requestAdapter(), { timeout: 10_000 }).not.toBeNull();
  await expectCompiles(await navigator.gpu.requestAdapter());
});
