// Opens a device, by name or by what is there.

import { ValueError } from "../core/errors.ts";
import { positiveInteger } from "../core/option.ts";
import type { Autotune, BackendModule, Device } from "../runtime/device.ts";
import { openBest } from "./auto.ts";
import { openCpu, openFallback, openWasm, openWebGpu } from "./backends.ts";

export const backends = ["auto", "webgpu", "gpujs", "wasm", "cpu"] as const;

export interface OpenOptions {
  /**
   * `auto` takes WebGPU where there is a GPU, else WebAssembly; and a trainer on it measures a step where another may be
   * faster. `cpu` is the reference, in plain loops. Default `auto`.
   */
  readonly backend?: (typeof backends)[number];
  /** Another back end, loaded where it is asked for: `() => import("chainrule/gpujs")`. */
  readonly fallback?: (() => Promise<BackendModule>) | undefined;
  /** `autotune()` measures kernels instead of choosing them by rules. WebGPU only; off by default. */
  readonly autotune?: Autotune | undefined;
  /** Of the WebAssembly back end. Default 1. */
  readonly threads?: number | undefined;
  /**
   * Whether small kernels with known answers run when an adapter is first used, by this version of the library; what passed
   * is remembered. Default true.
   */
  readonly selfTest?: boolean | undefined;
}

const ASKED = "it was asked for";

/**
 * `device.reason` says which back end it is, and why. Throws ValueError for an option that is out of range, and DeviceError
 * where the back end that was asked for is not there, or computes wrong numbers.
 */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  const { backend = "auto", fallback, autotune, threads = 1, selfTest = true } = options;
  if (autotune && !autotune.tunerFor)
    throw new ValueError(`autotune is a ${typeof autotune}. Pass autotune(), or leave it out.`);
  if (fallback && typeof fallback !== "function")
    throw new ValueError(`fallback is a ${typeof fallback}. Pass () => import("chainrule/gpujs").`);
  if (typeof selfTest !== "boolean")
    throw new ValueError(`selfTest is a ${typeof selfTest}. Pass true or false.`);
  positiveInteger("threads", threads);
  const rest = { fallback, autotune, threads, selfTest };
  switch (backend) {
    case "auto":
      return openBest(rest);
    case "webgpu":
      return openWebGpu(rest);
    case "gpujs":
      return openFallback(rest, ASKED);
    case "wasm":
      return openWasm(ASKED, rest);
    case "cpu":
      return openCpu(ASKED);
    default:
      throw new ValueError(`backend is "${String(backend)}". Use one of ${backends.join(", ")}.`);
  }
}
