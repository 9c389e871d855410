// The fixed kernels, made from wasm/: which of their builds this engine takes, and on what kind of memory.

import { moduleOf } from "./emit/binary.ts";
import { Code } from "./emit/code.ts";
import { f32x4 } from "./emit/opcodes.ts";
import { plain, relaxed, threads } from "./fixed_code.ts";
import type { Functions } from "./functions.ts";

/** What wasm/index.ts exports. Addresses are in bytes; `params` is the address of a record. */
export interface FixedKernels {
  runJobs(from: number, to: number): void;
  setScratch(shared: number, own: number, threads: number): void;
  sharedBytes(params: number): number;
  ownBytes(params: number): number;
  panels(params: number): number;
  blocks(params: number): number;
}

/** Called through the table, by these names. */
export const FIXED_FUNCTIONS = ["packPanels", "multiplyBlocks", "multiplyMatrices"] as const;
export type FixedFunction = (typeof FIXED_FUNCTIONS)[number];

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** The build for this engine, as a module that imports memory of this kind. */
export function fixedModule(isShared: boolean): Promise<WebAssembly.Module> {
  const bytes = bytesOf(hasRelaxedSimd() ? relaxed : plain);
  if (isShared) declareShared(bytes);
  return WebAssembly.compile(bytes);
}

/** What divides jobs among threads. */
export const threadsModule = (): Promise<WebAssembly.Module> => WebAssembly.compile(bytesOf(threads));

/** Whether products are rounded once an element, by fused multiply-add where the processor has it. */
export function hasRelaxedSimd(): boolean {
  const code = new Code();
  const zero = code.floats(0);
  code.apply(f32x4.relaxedMadd, [zero, zero, zero]);
  return WebAssembly.validate(moduleOf([code.body([])], false));
}

/** One module cannot import both kinds of memory: one bit of the import tells them apart. */
function declareShared(bytes: Uint8Array): void {
  const name = [...new TextEncoder().encode("memory")];
  const at = bytes.findIndex((_, i) => name.every((byte, j) => bytes[i + j] === byte)) + name.length;
  // The kind (2: memory), then its flags: 1, there is a maximum; 3, and it is shared.
  if (bytes[at] !== 2 || bytes[at + 1] !== 1)
    throw new RangeError("wasm: the fixed kernels lack their memory.");
  bytes[at + 1] = 3;
}

/** An instance on a memory, with its functions in the table. */
export async function openFixed(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  functions: Functions,
): Promise<FixedKernels> {
  const { table } = functions;
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, table, abort } });
  for (const name of FIXED_FUNCTIONS) functions.add(name, exports[name]);
  return exports as unknown as FixedKernels;
}

function abort(): never {
  throw new RangeError("wasm: a fixed kernel gave up. This is a bug in chainrule: please report it.");
}
