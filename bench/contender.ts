// What is compared: one training problem, held by one library, advanced step by step.

import type { HostTensor } from "chainrule";
import type { Api } from "./api.ts";
import { mapLayer } from "./layer.ts";
import type { DenseWeights, Problem } from "./nets.ts";

export interface Contender {
  /** Makes ready for its turn, where another's may have changed what they share. Not timed. */
  enter?(): Promise<void>;
  /**
   * Queues the next step: forward, backward and update on the next batch. Waits for nothing, unless the library is to be
   * waited for now and then: it is fastest so.
   */
  step(): void | Promise<void>;
  /** Waits for all queued steps; gives the loss of the last one, from before its update. */
  loss(): Promise<number>;
  /** Waits for all queued steps; gives the weights, the first layer's first. */
  weights(): Promise<readonly DenseWeights[]>;
  /** The most bytes that it held on the GPU, where it knows them itself. */
  peakBytes?(): Promise<number>;
  dispose(): Promise<void>;
}

/** What can take on problems of a kind: trainings, unless said otherwise. */
export interface Library<Given = Problem> {
  readonly name: string;
  readonly version: string;
  /** What it computes on. */
  readonly backend?: string;
  /** How it reaches the GPU; undefined where it computes on the CPU, or in another process. */
  readonly api: Api | undefined;
  /** True where it computes in another process: what a step costs JavaScript says nothing then. */
  readonly elsewhere?: boolean;
  /** What it lacks for a problem, in words, where it lacks something. */
  lacks?(problem: Given): string | undefined;
  /** In what its algorithm differs from all the others', so that losses and weights cannot agree. */
  readonly algorithm?: string;
  /** Uploads weights and data and compiles what can be compiled before the first step. */
  create(problem: Given): Promise<Contender>;
}

/** Makes steps, and waits for no more than the library asks for. */
export async function advance(contender: Contender, steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) {
    const ready = contender.step();
    if (ready) await ready;
  }
}

/** ‖a − b‖ / ‖b‖ over all weights. */
export function distance(a: readonly DenseWeights[], b: readonly DenseWeights[]): number {
  let difference = 0;
  let norm = 0;
  const add = (x: HostTensor | undefined, y: HostTensor): void =>
    y.data.forEach((value, i) => {
      difference += ((x?.data[i] ?? NaN) - value) ** 2;
      norm += value ** 2;
    });
  b.forEach((layer, i) => mapLayer(layer, (value, name) => add(a[i]?.[name], value)));
  return Math.sqrt(difference / norm);
}
