// One contender on one problem, with what it has shown so far: losses and weights by step, and times.

import { advance, distance, type Contender, type Library } from "./contender.ts";
import { MemoryMeter } from "./memory.ts";
import type { DenseWeights } from "./nets.ts";

/** What there is to say of a library, apart from what it makes. */
export type Facts = Omit<Library, "create" | "lacks">;

export class Runner {
  readonly facts: Facts;
  readonly contender: Contender;
  /** Milliseconds from the problem in JavaScript memory to the first step's loss: uploading and compiling. */
  readonly firstStep: number;
  /** Milliseconds a step, one for each chunk that was kept. */
  readonly times: number[] = [];
  private readonly memory: MemoryMeter;
  private readonly losses = new Map<number, number>();
  private readonly weights = new Map<number, readonly DenseWeights[]>();
  private steps = 1;

  private constructor(
    facts: Facts,
    contender: Contender,
    memory: MemoryMeter,
    firstStep: number,
    loss: number,
  ) {
    this.facts = facts;
    this.contender = contender;
    this.memory = memory;
    this.firstStep = firstStep;
    this.losses.set(1, loss);
  }

  static async start<Given>(library: Library<Given>, problem: Given): Promise<Runner> {
    const memory = new MemoryMeter();
    return memory.during(library.api, async () => {
      const started = performance.now();
      const contender = await library.create(problem);
      await advance(contender, 1);
      const loss = await contender.loss();
      const firstStep = performance.now() - started;
      return new Runner(library, contender, memory, firstStep, loss);
    });
  }

  /** Library, version and back end. */
  get name(): string {
    const { name, version, backend } = this.facts;
    return [name, version, backend].filter(Boolean).join(" ");
  }

  /** The most bytes on the GPU so far, reading weights not counted; undefined where nobody knows, or where there is none. */
  async peakBytes(): Promise<number | undefined> {
    return this.facts.api ? this.memory.peak : this.contender.peakBytes?.();
  }

  /** Milliseconds a step. Blocks on a result at its end, never at a step: a library may queue ahead. */
  async chunk(steps: number): Promise<number> {
    await this.contender.enter?.();
    const [time, loss] = await this.memory.during(this.facts.api, async () => {
      const started = performance.now();
      await advance(this.contender, steps);
      const last = await this.contender.loss();
      return [(performance.now() - started) / steps, last];
    });
    this.steps += steps;
    this.losses.set(this.steps, loss);
    return time;
  }

  /** Reads the weights, to be compared at this step. */
  async snapshot(): Promise<void> {
    await this.contender.enter?.();
    this.weights.set(this.steps, await this.contender.weights());
  }

  /** The largest relative difference of a loss, and of the weights, over the steps that both have shown. */
  differenceFrom(reference: Runner): { readonly loss: number; readonly weights: number } {
    const loss = [...this.losses].flatMap(([step, value]) => {
      const other = reference.losses.get(step);
      return other === undefined ? [] : [Math.abs(value - other) / Math.abs(other)];
    });
    const weights = [...this.weights].flatMap(([step, value]) => {
      const other = reference.weights.get(step);
      return other === undefined ? [] : [distance(value, other)];
    });
    return { loss: largest(loss), weights: largest(weights) };
  }
}

/** NaN where there is none or one is NaN: nothing was compared then. */
const largest = (values: readonly number[]): number => (values.length === 0 ? NaN : Math.max(...values));
