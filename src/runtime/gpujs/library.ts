// gpu.js, as far as it is used here. Its own types know of no typed arrays, and would be a dependency of our users'.

import { DeviceError } from "../../core/errors.ts";

/** A result that stays on the GPU. */
export interface Texture {
  /** The one of WebGL, which clones share. */
  readonly texture: unknown;
  toArray(): Nested;
  /** The same texture once more: it is freed when all are deleted. */
  clone(): Texture;
  delete(): void;
}

/** As gpu.js gives arrays: one within another where a kernel has more axes than one. */
export type Nested = Float32Array | readonly Nested[];

export const isNested = (result: Nested | Texture): result is Nested =>
  Array.isArray(result) || result instanceof Float32Array;

export interface Kernel {
  (...args: readonly (Float32Array | Texture | number)[]): Nested | Texture;
  setOutput(sizes: readonly number[]): Kernel;
  /** The one that really runs, which another may replace when it is first called. */
  readonly kernel: { readonly constructor: unknown; moduleCacheLimit?: number };
}

export interface KernelSettings {
  readonly argumentTypes: readonly string[];
  readonly output: readonly number[];
  readonly [setting: string]: unknown;
}

export interface Gpu {
  /** In mode webgl2; in others it may be of another kind. */
  readonly context: WebGL2RenderingContext;
  createKernel(text: string, settings: KernelSettings): Kernel;
  destroy(): Promise<void>;
}

/** Kernel classes, by the names that gpu.js exports them under: minified, they have no other. */
export const kernelClasses = ["WebGL2Kernel", "WebAssemblyKernel", "CPUKernel"] as const;
export type KernelClass = (typeof kernelClasses)[number];

export interface Library extends Readonly<Record<KernelClass, unknown>> {
  readonly GPU: {
    new (settings: { readonly mode: string }): Gpu;
    readonly isWebGL2Supported: boolean;
    readonly isWebAssemblySupported: boolean;
  };
}

/** From npm, or from gpu.js's own script where a page has no bundler. Throws DeviceError where it is neither installed nor there. */
export async function loadLibrary(): Promise<Library> {
  // WebGPU has a class of this name, too.
  const { GPU: ofScript } = globalThis as unknown as { GPU?: Partial<Library> };
  try {
    // A CommonJS package: bundlers and Node differ in what they make of it.
    const loaded = (await import("gpu.js")) as unknown as Partial<Library> & { readonly default?: Library };
    const found = [loaded, loaded.default, ofScript].find((some) => some?.GPU);
    if (found) return found as Library;
    throw new TypeError("it exports no GPU");
  } catch (cause) {
    if (ofScript?.GPU) return ofScript as Library;
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new DeviceError(`gpujs: gpu.js cannot be loaded (${why}). Run: npm install gpu.js`, { cause });
  }
}
