// The fast CPU back end: plans as WebAssembly with 128-bit vectors, in one memory.

import type { HostArray } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import type { Profile } from "../../graph/profile.ts";
import { cpuProfile } from "../../graph/profile.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Device, DeviceBuffer, Executable } from "../device.ts";
import { Rest } from "../rest.ts";
import { prepare } from "./executable.ts";
import { hasRelaxedSimd } from "./fixed.ts";
import { Machine } from "./machine.ts";
import { kept, WasmBuffer } from "./wasm_buffer.ts";

/** All buffers together have 4 GiB, less a page that no address reaches. */
const MOST = 2 ** 32 - 2 ** 16;

const profile: Profile = {
  ...cpuProfile,
  name: "WebAssembly",
  limits: { ...cpuProfile.limits, maxBufferSize: MOST, maxStorageBufferBindingSize: MOST },
};

/**
 * With as many threads as can be had, up to `threads`; the device's reason says why there are fewer. Throws DeviceError where
 * the engine has no WebAssembly with 128-bit vectors.
 */
export async function openWasm(reason: string, threads = 1): Promise<WasmDevice> {
  try {
    const machine = await Machine.open(threads);
    const how = hasRelaxedSimd() ? "relaxed SIMD" : "SIMD";
    return new WasmDevice(machine, `${reason}: WebAssembly with ${how}, ${machine.manner}`);
  } catch (error) {
    throw new DeviceError(
      "wasm: this engine does not run WebAssembly with 128-bit vectors. Update it, or use the CPU back end.",
      { cause: error },
    );
  }
}

export class WasmDevice implements Device {
  readonly backend = "wasm";
  readonly profile = profile;
  readonly reason: string;
  private readonly machine: Machine;
  private readonly rest = new Rest();

  constructor(machine: Machine, reason: string) {
    this.machine = machine;
    this.reason = reason;
  }

  /** Bytes of the memory in which everything lies; it grows, and never shrinks. */
  get memoryBytes(): number {
    return this.machine.heap.memory.buffer.byteLength;
  }

  createBuffer(byteLength: number, label: string): DeviceBuffer {
    this.machine.alive();
    return new WasmBuffer(this.machine.heap, byteLength, label);
  }

  write(buffer: DeviceBuffer, data: HostArray, byteOffset = 0): void {
    this.machine.alive();
    const { heap } = this.machine;
    const { address, byteLength } = kept(buffer, heap);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    heap.bytes(address, byteLength).set(bytes, byteOffset);
  }

  async read(buffer: DeviceBuffer, byteLength: number, byteOffset = 0): Promise<ArrayBuffer> {
    this.machine.alive();
    const { heap } = this.machine;
    const copy = new Uint8Array(byteLength);
    copy.set(heap.bytes(kept(buffer, heap).address + byteOffset, byteLength));
    await this.rest.ifDue();
    return copy.buffer;
  }

  async prepare(plan: Plan): Promise<Executable> {
    this.machine.alive();
    return prepare(this.machine, plan);
  }

  async idle(): Promise<void> {
    // Work is done when it is queued.
  }

  dispose(): void {
    this.machine.dispose();
  }
}
