// One pass over a source of batches: a step each, and what they tell on the way.

import type { DeviceTensor } from "../runtime/device_tensor.ts";
import { epochMeter } from "./epoch_meter.ts";
import { groups } from "./groups.ts";
import type { FitOptions, Progress } from "./options.ts";
import { expectFiniteSteps, stepLog, type LoggedStep } from "./step_log.ts";
import type { StepProgram } from "./step_program.ts";

/** A batch whose data is on the device, or goes there as its step is made. */
export interface Batch {
  readonly rows: number;
  /** Its step: with the update, or one that only adds up gradients. */
  program(updates: boolean): Promise<StepProgram>;
  /** What the program is given, beside scalars. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Where an epoch's batches come from. */
export interface Feed {
  /** Examples of an epoch; Infinity where only its end will tell. */
  readonly count: number;
  /** The batches of an epoch, counted from 0. */
  epoch(epoch: number): AsyncIterable<Batch>;
  dispose(): Promise<void>;
}

export interface Epoch {
  readonly batches: AsyncIterable<Batch>;
  /** Batches that make one update. */
  readonly accumulate: number;
  /** Counted from 1. */
  readonly epoch: number;
  /** Examples of the epoch; Infinity where only its end will tell. */
  readonly total: number;
  readonly ring: DeviceTensor;
  /** Names of the metrics in the ring. */
  readonly metrics: readonly string[];
  readonly firstStep: number;
  learningRate(): number;
  /** Is told after each step how many were made. */
  stepped(step: number): void;
  readonly onProgress: FitOptions["onProgress"];
}

/** Throws ValueError when a loss or a metric is not finite. */
export async function runEpoch(run: Epoch): Promise<Progress> {
  const { batches, accumulate, epoch, total, ring, metrics, firstStep, onProgress } = run;
  const meter = epochMeter(epoch, total, firstStep, metrics);
  const log = stepLog(ring, firstStep);
  const names = ["loss", ...metrics.map((name) => `metric ${name}`)];
  const arrived = (steps: readonly LoggedStep[]): void => {
    if (steps.length === 0) return;
    expectFiniteSteps(steps, names, run.learningRate());
    meter.add(steps);
    onProgress?.(meter.progress);
  };
  let step = firstStep;
  let examples = 0;
  for await (const { batch, first, last } of groups(batches, accumulate)) {
    examples = first ? batch.rows : examples + batch.rows;
    const program = await batch.program(last);
    const group = { carry: Number(!first), examples };
    program.run({ ...batch.inputs, learningRate: run.learningRate(), group });
    meter.stepped(batch.rows);
    run.stepped(++step);
    arrived(await log.after(step));
  }
  arrived(await log.finish(step));
  return meter.progress;
}
