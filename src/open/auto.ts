// The back end that nobody named: what is there, what is likely to be fastest, and why.

import { DeviceError } from "../core/errors.ts";
import type { Device } from "../runtime/device.ts";
import { openCpu, openFallback, openWasm, openWebGpu, tested, type Options } from "./backends.ts";

/** A step of more FLOPs takes a CPU longer than a GPU takes for all that surrounds its kernels: some 3 ms. */
const SMALL = 1e8;

/**
 * WebGPU where it has a GPU that passes the self-test. Else WebAssembly: a GPU that is emulated on the same CPU was slower at
 * every size (docs/results.md). Where that is missing too, what the user passed as fallback, an emulated GPU, the reference.
 * The device says why, and carries those that may be faster for a network at hand as its rivals.
 */
export async function openBest(options: Options): Promise<Device> {
  const why: string[] = [];
  const { fallback } = options;
  /** Undefined, and a reason more, where it is not to be had. */
  const attempt = async (open: (reason: string) => Promise<Device>): Promise<Device | undefined> => {
    try {
      return await open(why.join("; "));
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      why.push(error.message.replace(/\.$/, ""));
      return undefined;
    }
  };
  // Who is not to be used is not to be tested.
  const found = await attempt(() => openWebGpu({ ...options, selfTest: false }));
  const isGpu = found?.profile.kind === "gpu";
  const gpu = found && isGpu && (await attempt(() => tested(found, options)));
  if (gpu) {
    gpu.rivals = [{ open: () => openWasm("the CPU", options), most: SMALL }];
    return gpu;
  }
  const emulated = isGpu ? undefined : found;
  if (emulated) why.push(`WebGPU has no GPU here (${emulated.profile.name})`);
  const wasm = await attempt((reason) => openWasm(reason, options));
  if (wasm && fallback) wasm.rivals = [{ open: () => openFallback(options, "the fallback"), most: Infinity }];
  const other = wasm ?? (fallback && (await attempt((reason) => openFallback(options, reason))));
  if (other) {
    emulated?.dispose();
    return other;
  }
  const last = emulated && (await attempt(() => tested(emulated, options)));
  return last ?? openCpu(why.join("; "));
}
