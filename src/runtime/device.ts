// The one interface that every back end implements: memory, and plans made runnable.

import type { HostArray } from "../core/dtype.ts";
import { DeviceError } from "../core/errors.ts";
import type { Profile } from "../graph/profile.ts";
import type { Plan } from "../plan/plan.ts";

export type Backend = "webgpu" | "gpujs" | "wasm" | "cpu";

/** Memory on a device. */
export interface DeviceBuffer {
  readonly label: string;
  readonly byteLength: number;
  /** True after destroy(): what uses it then throws DeviceError. */
  readonly destroyed: boolean;
  destroy(): void;
}

/** Throws DeviceError where the memory was freed: a driver would answer with zeros, or give up the device. */
export function expectKept({ label, destroyed }: DeviceBuffer): void {
  if (destroyed) throw new DeviceError(`${label}: its memory was disposed. Use it before, or make it again.`);
}

/** A plan bound to buffers. */
export interface Bound {
  /** Queues one step. Allocates nothing and waits for nothing. */
  run(): void;
  /** Runs one dispatch of it, for parity checks. */
  runDispatch(index: number): void;
  /** Milliseconds that `repeats` runs of one dispatch in a row take on the device. */
  time(index: number, repeats: number): Promise<number>;
  destroy(): void;
}

/** A plan with its kernels compiled. */
export interface Executable {
  /** `buffers` follow the plan's. */
  bind(buffers: readonly DeviceBuffer[]): Bound;
}

/** Finds out by measuring which kernels suit a device. */
export interface Tuner {
  /**
   * The device's profile with the kernels that were measured for a plan; undefined where it has none to measure. `replan`
   * makes the plan for another profile.
   */
  tune(plan: Plan, replan: (profile: Profile) => Plan): Promise<Profile | undefined>;
}

/** What `autotune()` gives: a tuner for each device that is opened with it. */
export interface Autotune {
  tunerFor(device: Device): Tuner;
}

/** A back end that is an entry of its own, such as `chainrule/gpujs`: a bundler meets it only where a user imports it. */
export interface BackendModule {
  /** Throws DeviceError where this machine cannot run it. */
  open(reason: string): Promise<Device>;
}

/** A device that may be faster than another. */
export interface Rival {
  /** Throws DeviceError where it is not there. */
  open(): Promise<Device>;
  /** Steps of more FLOPs are not worth measuring: it would lose. */
  readonly most: number;
}

export interface Device {
  readonly backend: Backend;
  /** Why this back end, in words. */
  readonly reason: string;
  readonly profile: Profile;
  /** Where nobody asked for this one by name: others that may be faster. A trainer measures a step on each. */
  rivals?: readonly Rival[] | undefined;
  /** Asked before a program is made. */
  readonly tuner?: Tuner | undefined;
  /** A zeroed buffer. */
  createBuffer(byteLength: number, label: string): DeviceBuffer;
  /** From `byteOffset` on, a multiple of 4, as of `read`; 0 unless given. */
  write(buffer: DeviceBuffer, data: HostArray, byteOffset?: number): void;
  /** Copies bytes out; the one thing to await. */
  read(buffer: DeviceBuffer, byteLength: number, byteOffset?: number): Promise<ArrayBuffer>;
  /** Compiles a plan's kernels. */
  prepare(plan: Plan): Promise<Executable>;
  /** Resolves when all queued work is done. */
  idle(): Promise<void>;
  /** Frees everything made from it. */
  dispose(): void;
}
