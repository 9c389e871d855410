// Steps in memory: jobs, and the words that each is told. Places become addresses here.

import type { FixedFunction } from "./fixed.ts";
import { keyOf } from "./functions.ts";
import type { Kernel } from "./kernels/kernel.ts";
import type { Machine } from "./machine.ts";
import type { Place } from "./place.ts";
import type { ProductStep } from "./steps.ts";

/** Bytes of a job: wasm/jobs.ts. */
export const JOB = 20;

/** Elements below which a part of a job is not worth a thread's while: some 10 µs. To wake one takes as long. */
const GRAIN = 16384;
const WAKES = 8 * GRAIN;
/** Multiplications of a product that take as long as an element of a map. */
const PER_ELEMENT = 16;

export class Layout {
  /** Addresses of all that was allocated. */
  readonly pieces: number[] = [];
  /** Scratch memory that products need: for all threads together, and for each. */
  sharedBytes = 0;
  ownBytes = 0;
  private readonly jobs: number[][] = [];
  private readonly machine: Machine;
  private readonly addressOf: (place: Place) => number;

  constructor(machine: Machine, addressOf: (place: Place) => number) {
    this.machine = machine;
    this.addressOf = addressOf;
  }

  get jobCount(): number {
    return this.jobs.length;
  }

  /** Writes the jobs, and gives the address of the first. */
  finish(): number {
    return this.write(this.jobs.flat());
  }

  kernel(kernel: Kernel): void {
    this.add(this.slotOf(kernel), this.told(kernel), kernel.count, kernel.weight);
  }

  product(step: ProductStep): void {
    const { functions, fixed } = this.machine;
    const { dimensions: size, b, c, epilogue } = step;
    const told = epilogue ? this.told(epilogue) : 0;
    for (let column = 0; column < size.n; column += size.columns) {
      const n = Math.min(size.columns, size.n - column);
      const params = this.record(step, {
        b: this.addressOf(b) + 4 * column * (size.bTransposed ? size.bStride : 1),
        c: c ? this.addressOf(c) + 4 * column : 0,
        n,
        told,
      });
      this.sharedBytes = Math.max(this.sharedBytes, fixed.sharedBytes(params));
      this.ownBytes = Math.max(this.ownBytes, fixed.ownBytes(params));
      const add = (name: FixedFunction, count: number): void =>
        this.add(
          functions.slot(name),
          params,
          count,
          (size.batch * size.m * n * size.k) / PER_ELEMENT / Math.max(1, count),
        );
      if (size.batch === 1) {
        this.add(functions.slot("packPanels"), params, fixed.panels(params), 8 * size.k);
        add("multiplyBlocks", fixed.blocks(params));
      } else add("multiplyMatrices", size.batch);
    }
  }

  /** The words of wasm/record.ts. */
  private record(
    { a, picks, dimensions: size, epilogue }: ProductStep,
    part: { readonly b: number; readonly c: number; readonly n: number; readonly told: number },
  ): number {
    const [scale = 0] = new Int32Array(Float32Array.of(picks?.scale ?? 0).buffer);
    const operands = [this.addressOf(a), part.b, part.c, size.m, part.n, size.k];
    const sides = [size.aStride, Number(size.aTransposed), size.bStride, Number(size.bTransposed)];
    const picked = [picks ? this.addressOf(picks.rows) : 0, picks?.scale === undefined ? 0 : 1, scale];
    const after = [epilogue ? this.slotOf(epilogue) : -1, part.told];
    const batch = [size.batch, ...size.sizes, ...size.aSteps, ...size.bSteps, size.pickStep, 0];
    return this.write([...operands, ...sides, size.n, ...picked, ...after, ...batch]);
  }

  private told({ words }: Kernel): number {
    return this.write(words.map(this.addressOf));
  }

  private slotOf({ body }: Kernel): number {
    return this.machine.functions.slot(keyOf(body));
  }

  /** A job of `count` rows, each of which takes as long as `weight` elements: the words of wasm/jobs.ts. */
  private add(slot: number, params: number, count: number, weight: number): void {
    if (count === 0) return;
    const grain = Math.max(1, Math.ceil(GRAIN / Math.max(1, weight)));
    this.jobs.push([slot, params, count, grain, Number(count * weight >= WAKES)]);
  }

  /** Writes words of four bytes and gives their address. */
  private write(words: readonly number[]): number {
    const { heap } = this.machine;
    const at = heap.allocate(4 * words.length, "a program's own memory");
    this.pieces.push(at);
    // Addresses reach beyond 2³¹: the array keeps their bits.
    new Int32Array(heap.memory.buffer, at, words.length).set(words.map((word) => word | 0));
    return at;
  }
}
