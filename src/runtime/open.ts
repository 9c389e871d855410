// Chooses a device and says why.

import { DeviceError, ValueError } from "../core/errors.ts";
import type { Autotune, Device } from "./device.ts";
import { openWebGpu } from "./webgpu/webgpu_device.ts";

export const backends = ["auto", "webgpu", "wasm", "cpu", "gpujs"] as const;

export interface OpenOptions {
  /** `auto` takes WebGPU where there is an adapter, else the CPU: `cpu` is the reference, `wasm` the fast one. */
  readonly backend?: (typeof backends)[number];
  /** `autotune()` measures kernels instead of choosing them by rules. WebGPU only; off by default. */
  readonly autotune?: Autotune | undefined;
}

/**
 * Opens a device; `device.reason` says which and why. Throws ValueError for an unknown back end, and DeviceError where
 * the one that was asked for is not there.
 */
export async function openDevice({ backend = "auto", autotune }: OpenOptions = {}): Promise<Device> {
  if (!backends.includes(backend))
    throw new ValueError(`backend is "${String(backend)}". Use one of ${backends.join(", ")}.`);
  if (backend === "gpujs")
    throw new DeviceError(
      'gpujs: this back end is not there yet. Use "webgpu", or "cpu" where there is no WebGPU.',
    );
  if (autotune && !autotune.tunerFor)
    throw new ValueError(`autotune is a ${typeof autotune}. Pass autotune(), or leave it out.`);
  if (backend === "wasm") return (await import("./wasm/wasm_device.ts")).openWasm("it was asked for");
  if (backend === "cpu") return openCpu("the CPU was asked for");
  try {
    const device = await openWebGpu();
    device.tuner = autotune?.tunerFor(device);
    return device;
  } catch (error) {
    if (backend === "webgpu" || !(error instanceof DeviceError)) throw error;
    return openCpu(`no WebGPU (${error.message})`);
  }
}

/** Loaded when it is asked for: a page with WebGPU carries neither CPU back end. */
async function openCpu(reason: string): Promise<Device> {
  const { CpuDevice } = await import("./cpu/cpu_device.ts");
  return new CpuDevice(reason);
}
