// What runs programs: one memory, one table of functions, the fixed kernels, and the scratch memory of products.

import { DeviceError } from "../../core/errors.ts";
import { fixedModule, openFixed, type FixedKernels } from "./fixed.ts";
import { Functions } from "./functions.ts";
import { Heap } from "./heap.ts";

export class Machine {
  readonly heap: Heap;
  readonly functions: Functions;
  readonly fixed: FixedKernels;
  private disposed = false;
  private shared = { at: 0, size: 0 };
  private own = { at: 0, size: 0 };

  private constructor(heap: Heap, functions: Functions, fixed: FixedKernels) {
    this.heap = heap;
    this.functions = functions;
    this.fixed = fixed;
  }

  static async open(): Promise<Machine> {
    const heap = new Heap(false);
    const functions = new Functions(heap.memory, false);
    return new Machine(heap, functions, await openFixed(await fixedModule(false), heap.memory, functions));
  }

  /** Throws DeviceError once it was disposed. */
  alive(): void {
    if (this.disposed) throw new DeviceError("wasm: the device was disposed. Open a new one.");
  }

  dispose(): void {
    this.disposed = true;
  }

  /** Makes the scratch memory of products at least this large, in bytes. Programs share it: they run one after the other. */
  reserve(shared: number, own: number): void {
    this.shared = this.enlarged(this.shared, shared);
    this.own = this.enlarged(this.own, own);
    this.fixed.setScratch(this.shared.at, this.own.at);
  }

  private enlarged(piece: { at: number; size: number }, size: number): { at: number; size: number } {
    if (size <= piece.size) return piece;
    if (piece.size) this.heap.release(piece.at);
    return { at: this.heap.allocate(size, "scratch memory of products"), size };
  }
}
