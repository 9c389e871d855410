// A buffer: a piece of the heap.

import { DeviceError } from "../../core/errors.ts";
import { expectKept, type DeviceBuffer } from "../device.ts";
import type { Heap } from "./heap.ts";

export class WasmBuffer implements DeviceBuffer {
  readonly label: string;
  readonly byteLength: number;
  readonly heap: Heap;
  readonly address: number;
  destroyed = false;

  constructor(heap: Heap, byteLength: number, label: string) {
    this.heap = heap;
    this.byteLength = byteLength;
    this.label = label;
    this.address = heap.allocate(byteLength, label);
  }

  destroy(): void {
    if (!this.destroyed) this.heap.release(this.address);
    this.destroyed = true;
  }
}

/** Throws DeviceError for a buffer of another device, or one that was freed. */
export function kept(buffer: DeviceBuffer, heap: Heap): WasmBuffer {
  if (!(buffer instanceof WasmBuffer) || buffer.heap !== heap)
    throw new DeviceError("wasm: a buffer of another device was passed. Move its data through the host.");
  expectKept(buffer);
  return buffer;
}
