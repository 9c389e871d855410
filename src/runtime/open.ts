// Chooses a device and says why.

import { DeviceError, ValueError } from "../core/errors.ts";
import { CpuDevice } from "./cpu/cpu_device.ts";
import type { Autotune, Device } from "./device.ts";
import { openWebGpu } from "./webgpu/webgpu_device.ts";

export const backends = ["auto", "webgpu", "cpu", "gpujs"] as const;

export interface OpenOptions {
  /** `auto` takes WebGPU where there is an adapter, else the CPU. */
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
  if (backend === "cpu") return new CpuDevice("the CPU was asked for");
  try {
    const device = await openWebGpu();
    device.tuner = autotune?.tunerFor(device);
    return device;
  } catch (error) {
    if (backend === "webgpu" || !(error instanceof DeviceError)) throw error;
    return new CpuDevice(`no WebGPU (${error.message})`);
  }
}
