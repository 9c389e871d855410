// Each back end, opened by name. What a page may do without is loaded when it is asked for.

import type { Autotune, BackendModule, Device } from "../runtime/device.ts";
import { openWebGpu as openGpu } from "../runtime/webgpu/webgpu_device.ts";

export interface Options {
  readonly fallback?: (() => Promise<BackendModule>) | undefined;
  readonly autotune?: Autotune | undefined;
  readonly threads: number;
}

export async function openWebGpu({ autotune }: Pick<Options, "autotune">): Promise<Device> {
  const device = await openGpu();
  device.tuner = autotune?.tunerFor(device);
  return device;
}

export const openFallback = async (fallback: () => Promise<BackendModule>, reason: string): Promise<Device> =>
  (await fallback()).open(reason);

export async function openWasm(reason: string, { threads }: Pick<Options, "threads">): Promise<Device> {
  const { openWasm: open } = await import("../runtime/wasm/wasm_device.ts");
  return open(reason, threads);
}

export async function openCpu(reason: string): Promise<Device> {
  const { CpuDevice } = await import("../runtime/cpu/cpu_device.ts");
  return new CpuDevice(reason);
}
