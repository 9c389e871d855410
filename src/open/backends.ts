// Each back end, opened by name. What a page may do without is loaded when it is asked for.

import { ValueError } from "../core/errors.ts";
import type { Autotune, BackendModule, Device } from "../runtime/device.ts";
import { openWebGpu as openGpu } from "../runtime/webgpu/webgpu_device.ts";
import { verify } from "./verify.ts";

export interface Options {
  readonly fallback?: (() => Promise<BackendModule>) | undefined;
  readonly autotune?: Autotune | undefined;
  readonly threads: number;
  readonly selfTest: boolean;
}

export async function openWebGpu({ autotune, selfTest }: Options): Promise<Device> {
  const device = await openGpu();
  device.tuner = autotune?.tunerFor(device);
  return tested(device, { selfTest });
}

export async function openFallback({ fallback, selfTest }: Options, reason: string): Promise<Device> {
  if (!fallback)
    throw new ValueError('gpujs: pass its entry too: fallback: () => import("chainrule/gpujs").');
  return tested(await (await fallback()).open(reason), { selfTest });
}

/** The device, if its numbers are right: drivers and browsers err, each in its own way. */
export async function tested(device: Device, { selfTest }: Pick<Options, "selfTest">): Promise<Device> {
  try {
    if (selfTest) await verify(device);
    return device;
  } catch (error) {
    device.dispose();
    throw error;
  }
}

export async function openWasm(reason: string, { threads }: Options): Promise<Device> {
  const wasm = await import("../runtime/wasm/wasm_device.ts");
  return wasm.openWasm(reason, threads);
}

export async function openCpu(reason: string): Promise<Device> {
  const cpu = await import("../runtime/cpu/cpu_device.ts");
  return new cpu.CpuDevice(reason);
}
