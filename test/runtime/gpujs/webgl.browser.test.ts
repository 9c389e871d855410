// What only WebGL has: textures, and a context that a browser may take.

import { expect, test } from "vitest";
import { compile, compileStep } from "../../../src/compile.ts";
import { DeviceError } from "../../../src/core/errors.ts";
import { tensor } from "../../../src/core/host_tensor.ts";
import { upload } from "../../../src/runtime/device_tensor.ts";
import { openGpujs } from "../../../src/runtime/gpujs/gpujs_device.ts";
import type { Tensor } from "../../../src/trace/tensor.ts";
import { spec } from "../../../src/trace/trace.ts";
import { examples, trainerOf } from "../../train/networks.ts";

/** Calls of a method of WebGL while `f` runs. */
async function callsOf(
  names: readonly ("createTexture" | "deleteTexture" | "readPixels")[],
  f: () => Promise<void>,
): Promise<number[]> {
  const { prototype } = WebGL2RenderingContext;
  const counts = names.map(() => 0);
  const originals = names.map((name) => Object.getOwnPropertyDescriptor(prototype, name) ?? {});
  names.forEach((name, i) => {
    const original = originals[i]?.value as (...args: unknown[]) => unknown;
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: unknown, ...args: unknown[]) {
        counts[i] = (counts[i] ?? 0) + 1;
        return original.apply(this, args);
      },
    });
  });
  try {
    await f();
  } finally {
    names.forEach((name, i) => Object.defineProperty(prototype, name, originals[i] ?? {}));
  }
  return counts;
}

test("steps wait for nothing, and leave no textures behind", async () => {
  const device = await openGpujs("test");
  const trainer = await trainerOf(device, { momentum: 0.5 });
  const set = examples(40);
  const fit = async (epochs: number): Promise<void> => {
    for await (const _ of trainer.fit(set, { epochs }));
  };
  await fit(2);
  const [made = 0, freed = 0, read = 0] = await callsOf(["createTexture", "deleteTexture", "readPixels"], () => fit(10)); // prettier-ignore
  expect(made).toBeGreaterThan(100);
  expect(made - freed).toBe(0);
  // 50 steps: the ring of losses is read once in a while, no loss alone.
  expect(read).toBeLessThan(25);
  await trainer.dispose();
  device.dispose();
});

test("a context that was taken is a DeviceError, not zeros", async () => {
  const device = await openGpujs("test");
  const state = { w: upload(device, tensor([1, 2])) };
  const step = ({ w }: { w: Tensor }): [{ w: Tensor }, []] => [{ w: w.add(1) }, []];
  const program = await compileStep(device, step, state, {});
  program.run({});
  device.engine.webGl?.getExtension("WEBGL_lose_context")?.loseContext();
  await expect(state.w.read()).rejects.toThrow(/^gpujs: the WebGL context was lost.*Open a new device\.$/);
  expect(() => program.run({})).toThrow(DeviceError);
  await expect(compile(device, (x: Tensor) => x.neg(), spec([2]))).rejects.toThrow(DeviceError);
  device.dispose();
});
