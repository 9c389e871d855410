// One pass over a source of batches: a step each, and what they tell on the way.

import type { DeviceTensor } from "../runtime/device_tensor.ts";
import { EpochMeter } from "./epoch_meter.ts";
import type { FitOptions, Progress } from "./options.ts";
import type { StepProgram } from "./resident_set.ts";
import { expectFiniteSteps, StepLog, type LoggedStep } from "./step_log.ts";

/** A batch whose data is on the device, or goes there as its step is made. */
export interface Batch {
  readonly rows: number;
  readonly program: StepProgram;
  /** What the program is given, beside the learning rate. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Epoch {
  readonly batches: AsyncIterable<Batch>;
  /** Counted from 1. */
  readonly epoch: number;
  /** Examples of the epoch. */
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
  const { batches, epoch, total, ring, metrics, firstStep, onProgress } = run;
  const meter = new EpochMeter(epoch, total, firstStep, metrics);
  const log = new StepLog(ring, firstStep);
  const names = ["loss", ...metrics.map((name) => `metric ${name}`)];
  const arrived = (steps: readonly LoggedStep[]): void => {
    if (steps.length === 0) return;
    expectFiniteSteps(steps, names, run.learningRate());
    meter.add(steps);
    onProgress?.(meter.progress);
  };
  let step = firstStep;
  for await (const { rows, program, inputs } of batches) {
    program.run({ ...inputs, learningRate: run.learningRate() });
    meter.stepped(rows);
    run.stepped(++step);
    arrived(await log.after(step));
  }
  arrived(await log.finish(step));
  return meter.progress;
}
