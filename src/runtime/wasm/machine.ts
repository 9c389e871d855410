// What runs programs: one memory, one table of functions, the fixed kernels, the scratch memory of products, and threads.

import { DeviceError } from "../../core/errors.ts";
import { fixedModule, openFixed, type FixedKernels } from "./fixed.ts";
import { Functions } from "./functions.ts";
import { Heap } from "./heap.ts";
import { noThreads, Threads } from "./threads.ts";

interface Piece {
  readonly at: number;
  readonly size: number;
}

const NOTHING: Piece = { at: 0, size: 0 };

export class Machine {
  readonly heap: Heap;
  readonly functions: Functions;
  readonly fixed: FixedKernels;
  /** How many threads there are, in words, and why not as many as were asked for. */
  readonly manner: string;
  private readonly threads: Threads | undefined;
  private disposed = false;
  private shared = NOTHING;
  /** Of each thread. */
  private own: readonly Piece[];

  private constructor(
    heap: Heap,
    functions: Functions,
    fixed: FixedKernels,
    manner: string,
    threads?: Threads,
  ) {
    this.heap = heap;
    this.functions = functions;
    this.fixed = fixed;
    this.manner = manner;
    this.threads = threads;
    this.own = Array.from({ length: threads?.count ?? 1 }, () => NOTHING);
    // Blocks are divided among threads from the first program on.
    this.reserve(0, 0);
  }

  /** With one thread where there cannot be more. */
  static async open(threads: number): Promise<Machine> {
    if (threads === 1) return Machine.alone("one thread");
    const why = noThreads();
    if (why !== undefined) return Machine.alone(`one thread: ${why}`);
    try {
      return await Machine.together(threads);
    } catch (error) {
      return Machine.alone(`one thread: others were refused (${(error as Error).message})`);
    }
  }

  private static async alone(manner: string): Promise<Machine> {
    const heap = new Heap(false);
    const functions = new Functions(heap.memory, false);
    const fixed = await openFixed(await fixedModule(false), heap.memory, functions);
    return new Machine(heap, functions, fixed, manner);
  }

  private static async together(count: number): Promise<Machine> {
    const heap = new Heap(true);
    const functions = new Functions(heap.memory, true);
    const fixed = await openFixed(await fixedModule(true), heap.memory, functions);
    const threads = await Threads.open(count, heap, functions.table, fixed.setScratch);
    functions.onModule = (module, names) => threads.add(module, names);
    return new Machine(heap, functions, fixed, `${count} threads`, threads);
  }

  /** Works off the jobs from one address up to another. Throws DeviceError where a thread was lost. */
  run(from: number, to: number): void {
    if (this.threads) this.threads.run(from, to);
    else this.fixed.runJobs(from, to);
  }

  /** Throws DeviceError once it was disposed. */
  alive(): void {
    if (this.disposed) throw new DeviceError("wasm: the device was disposed. Open a new one.");
  }

  dispose(): void {
    if (!this.disposed) this.threads?.dispose();
    this.disposed = true;
  }

  /** Makes the scratch memory of products at least this large, in bytes. Programs share it: they run one after the other. */
  reserve(shared: number, own: number): void {
    this.shared = this.enlarged(this.shared, shared);
    this.own = this.own.map((piece) => this.enlarged(piece, own));
    const addresses = this.own.map(({ at }) => at);
    this.fixed.setScratch(this.shared.at, addresses[0] ?? 0, addresses.length);
    this.threads?.setScratch(this.shared.at, addresses);
  }

  private enlarged(piece: Piece, size: number): Piece {
    if (size <= piece.size) return piece;
    if (piece.size) this.heap.release(piece.at);
    return { at: this.heap.allocate(size, "scratch memory of products"), size };
  }
}
