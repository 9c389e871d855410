// Threads beside the device's own: workers on the same memory, with the same functions at the same places of their tables.

import script from "../../../wasm/thread.js?raw";
import { DeviceError } from "../../core/errors.ts";
import { spawnWorker, type TextWorker } from "../workers.ts";
import { FIXED_FUNCTIONS, fixedModule, threadsModule } from "./fixed.ts";
import type { Heap } from "./heap.ts";

/** Bytes of the control block before the scratch memory of each thread, and where what it knows lies: wasm/threads.ts. */
const CONTROL = { turn: 64, calls: 72, failed: 76, mayWait: 188, threads: 192, own: 200 } as const;
/** A part of a job takes a second at the very most; what is waited for longer will not come. */
const MOST_MS = 60_000;

interface Exports {
  runJobsTogether(control: number, from: number, to: number): void;
}

/** Why there can be no threads; undefined where they can be tried. */
export function noThreads(): string | undefined {
  if (typeof SharedArrayBuffer === "undefined" || globalThis.crossOriginIsolated === false)
    return "this page is not cross-origin isolated";
  return undefined;
}

/** A page's own thread may not. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
}

export class Threads {
  /** Together with the caller's. */
  readonly count: number;
  private readonly heap: Heap;
  private readonly control: number;
  private readonly workers: readonly TextWorker[];
  private exports: Exports | undefined;
  private failure: DeviceError | undefined;
  /** Workers that have not answered the last message. */
  private waiting = 0;
  private answered: () => void = () => undefined;
  private refused: (error: Error) => void = () => undefined;
  /** The last job that others took long with, by its number, and since when. */
  private slow = { turn: NaN, since: 0 };

  private constructor(count: number, heap: Heap) {
    this.count = count;
    this.heap = heap;
    this.control = heap.allocate(CONTROL.own + 4 * count, "a device's threads");
    this.words(CONTROL.mayWait).set([Number(mayWait())]);
    this.workers = Array.from({ length: count - 1 }, () => spawnWorker(script));
    for (const worker of this.workers)
      worker.listen(
        (data) => this.heard(data),
        (error) => this.lost(error.message),
      );
  }

  /** Starts them; rejects where workers are refused, as a page's content security policy may. */
  static async open(
    count: number,
    heap: Heap,
    table: WebAssembly.Table,
    setScratch: WebAssembly.ExportValue,
  ): Promise<Threads> {
    const made = new Threads(count, heap);
    try {
      const [kernels, module] = await Promise.all([fixedModule(true), threadsModule()]);
      const stalled = (): void => made.stalled();
      const env = { memory: heap.memory, table };
      const { exports } = await WebAssembly.instantiate(module, { env, threads: { setScratch, stalled } });
      made.exports = exports as unknown as Exports;
      await made.call((index) => ({
        begin: {
          memory: heap.memory,
          kernels: { module: kernels, names: FIXED_FUNCTIONS },
          threads: { module, names: [] },
          at: made.control,
          index,
        },
      }));
      return made;
    } catch (error) {
      made.dispose();
      throw error;
    }
  }

  /** Puts functions of a module into the table of each. */
  add(module: WebAssembly.Module, names: readonly string[]): Promise<void> {
    return this.call(() => ({ module, names }));
  }

  /** Sets where the scratch memory lies: for all together, and for each. */
  setScratch(shared: number, own: readonly number[]): void {
    this.words(CONTROL.threads).set([this.count, shared, ...own]);
  }

  /** Works off jobs with all of them. Throws DeviceError where one has died. */
  run(from: number, to: number): void {
    this.alive();
    this.exports?.runJobsTogether(this.control, from, to);
  }

  dispose(): void {
    // A thread that sleeps is not terminated everywhere (Deno).
    this.callBack();
    for (const worker of this.workers) worker.terminate();
    this.heap.release(this.control);
  }

  /** Sends a message to each, and waits for the answers; they leave their work for it. */
  private async call(message: (index: number) => object): Promise<void> {
    this.alive();
    const failed = this.control + CONTROL.failed;
    const done = new Promise<void>((resolve, reject) => {
      this.waiting = this.workers.length;
      this.answered = resolve;
      this.refused = reject;
    });
    // Before the message: who has one that is not counted yet would not go back to work.
    this.callBack();
    this.workers.forEach((worker, i) => {
      worker.hold(true);
      worker.post({ ...message(i + 1), failed });
    });
    try {
      await done;
    } finally {
      for (const worker of this.workers) worker.hold(false);
    }
  }

  /** Lets each leave its work, or its sleep, for its event loop. */
  private callBack(): void {
    const words = this.words(0);
    Atomics.add(words, CONTROL.calls / 4, 1);
    Atomics.add(words, CONTROL.turn / 4, 1);
    Atomics.notify(words, CONTROL.turn / 4);
  }

  private heard(data: unknown): void {
    if (data !== "ready") this.lost((data as { error: string }).error);
    else if (--this.waiting === 0) this.answered();
  }

  private lost(why: string): void {
    this.failure ??= new DeviceError(
      `wasm: a thread was lost (${why}). Open a new device, with threads: 1 if it happens again.`,
    );
    this.refused(this.failure);
  }

  /** Called while others take long with their part of a job. */
  private stalled(): void {
    const words = this.words(0);
    const turn = Atomics.load(words, CONTROL.turn / 4);
    const now = performance.now();
    if (turn !== this.slow.turn) this.slow = { turn, since: now };
    const isDead = Atomics.load(words, CONTROL.failed / 4) !== 0;
    if (isDead || now - this.slow.since > MOST_MS) this.lost("it did not finish its part of a step");
    this.alive();
  }

  private alive(): void {
    if (this.failure) throw this.failure;
  }

  private words(offset: number): Int32Array {
    const { buffer } = this.heap.memory;
    return new Int32Array(buffer, this.control + offset, (CONTROL.own + 4 * this.count - offset) / 4);
  }
}
