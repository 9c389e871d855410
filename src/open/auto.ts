// The back end that nobody named: what is there, what is likely to be fastest, and why.

import { DeviceError } from "../core/errors.ts";
import type { Device, Rival } from "../runtime/device.ts";
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
  // Who is not to be used is not to be tested.
  const found = await attempt(() => openWebGpu({ ...options, selfTest: false }), why);
  const isGpu = found?.profile.kind === "gpu";
  const gpu = found && isGpu && (await attempt(() => tested(found, options), why));
  if (gpu) return withRivals(gpu, [{ open: () => openWasm("the CPU", options), most: SMALL }]);
  const emulated = isGpu ? undefined : found;
  if (emulated) why.push(`WebGPU has no GPU here (${emulated.profile.name})`);
  const wasm = await attempt(() => openWasm(why.join("; "), options), why);
  if (wasm) {
    emulated?.dispose();
    const rival = { open: () => openFallback(options, "the fallback"), most: Infinity };
    return withRivals(wasm, fallback ? [rival] : []);
  }
  const other = fallback && (await attempt(() => openFallback(options, why.join("; ")), why));
  if (other) {
    emulated?.dispose();
    return other;
  }
  const last = emulated && (await attempt(() => tested(emulated, options), why));
  return last ?? openCpu(why.join("; "));
}

function withRivals(device: Device, rivals: readonly Rival[]): Device {
  if (rivals.length) device.rivals = rivals;
  return device;
}

/** Undefined, and a reason more, where it is not to be had. */
async function attempt(open: () => Promise<Device>, why: string[]): Promise<Device | undefined> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    why.push(error.message.replace(/\.$/, ""));
    return undefined;
  }
}
