// Chooses a device and says why.

import { DeviceError, ValueError } from "../core/errors.ts";
import { positiveInteger } from "../core/option.ts";
import type { Autotune, BackendModule, Device } from "../runtime/device.ts";
import { openWebGpu } from "../runtime/webgpu/webgpu_device.ts";

export const backends = ["auto", "webgpu", "gpujs", "wasm", "cpu"] as const;

export interface OpenOptions {
  /** `auto` takes WebGPU where there is an adapter, else the CPU: `cpu` is the reference, `wasm` the fast one. */
  readonly backend?: (typeof backends)[number];
  /** Another back end, loaded where it is asked for: `() => import("chainrule/gpujs")`. */
  readonly fallback?: (() => Promise<BackendModule>) | undefined;
  /** `autotune()` measures kernels instead of choosing them by rules. WebGPU only; off by default. */
  readonly autotune?: Autotune | undefined;
  /** Of the WebAssembly back end. Default 1. */
  readonly threads?: number | undefined;
}

const ASKED = "it was asked for";

/**
 * Opens a device; `device.reason` says which and why. Throws ValueError for an unknown back end, and DeviceError where
 * the one that was asked for is not there.
 */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  const { backend = "auto", fallback, autotune, threads = 1 } = options;
  if (!backends.includes(backend))
    throw new ValueError(`backend is "${String(backend)}". Use one of ${backends.join(", ")}.`);
  if (autotune && !autotune.tunerFor)
    throw new ValueError(`autotune is a ${typeof autotune}. Pass autotune(), or leave it out.`);
  if (fallback && typeof fallback !== "function")
    throw new ValueError(`fallback is a ${typeof fallback}. Pass () => import("chainrule/gpujs").`);
  positiveInteger("threads", threads);
  if (backend === "gpujs") {
    if (fallback) return (await fallback()).open(ASKED);
    throw new ValueError('gpujs: pass its entry too: fallback: () => import("chainrule/gpujs").');
  }
  if (backend === "wasm") return (await import("../runtime/wasm/wasm_device.ts")).openWasm(ASKED);
  if (backend === "cpu") return openCpu(ASKED);
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
  const { CpuDevice } = await import("../runtime/cpu/cpu_device.ts");
  return new CpuDevice(reason);
}
