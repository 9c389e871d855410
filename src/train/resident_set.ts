// A data set on the device, with the programs that were compiled for its shapes: one a batch size.

import { compile } from "../compile.ts";
import { cachedPromise } from "../core/cached.ts";
import { countOf, dataset, type Dataset } from "../data/dataset.ts";
import { batches, shuffledRows } from "../data/sampler.ts";
import { uploadTree, type DeviceTensor } from "../runtime/device_tensor.ts";
import type { Program } from "../runtime/program.ts";
import { spec } from "../trace/trace.ts";
import type { Feed } from "./epoch.ts";
import { disposeAll } from "./programs.ts";
import { evaluationStep } from "./step.ts";
import { stepProgram, type StepProgram, type Training } from "./step_program.ts";

export type EvaluationProgram = Program<
  readonly [prediction: DeviceTensor, loss: DeviceTensor, ...metrics: DeviceTensor[]]
>;

export interface ResidentSet extends Feed {
  /** The training step for batches of `batchSize` rows. */
  step(batchSize: number, updates?: boolean): Promise<StepProgram>;
  /** Predictions, loss and metrics of batches of `batchSize` rows. */
  evaluation(batchSize: number): Promise<EvaluationProgram>;
}

/** Checks and uploads the set. Throws what `dataset` throws. */
export function residentSet(training: Training, source: Dataset): ResidentSet {
  const { device, options, state } = training;
  const { scale = 1, ...data } = dataset(source);
  const count = countOf(source);
  const held = uploadTree(device, { x: data.x, y: data.y }, "data") as Record<"x" | "y", DeviceTensor>;
  const steps = new Map<string, Promise<StepProgram>>();
  const evaluations = new Map<number, Promise<EvaluationProgram>>();
  const batchOf = (rows: number) => ({ ...held, rows: spec([rows], "u32") });

  const step = (batchSize: number, updates = true): Promise<StepProgram> =>
    cachedPromise(steps, `${batchSize} ${updates}`, () =>
      stepProgram(training, { ...batchOf(batchSize), scale }, updates),
    );

  return {
    count,
    step,
    /** In the order of the epoch; the programs of its batches are compiled before the first. */
    async *epoch(epoch) {
      const { seed, batchSize, accumulate } = options;
      const order = batches(shuffledRows(count, seed, epoch), batchSize);
      const kinds = accumulate > 1 ? [true, false] : [true];
      await Promise.all(order.flatMap(({ length }) => kinds.map((updates) => step(length, updates))));
      for (const rows of order)
        yield { rows: rows.length, program: (updates) => step(rows.length, updates), inputs: { rows } };
    },
    evaluation(batchSize) {
      const { model, loss, metrics } = options;
      const evaluate = evaluationStep(model, loss, { scale, metrics });
      return cachedPromise(evaluations, batchSize, () =>
        compile(device, evaluate, state.params, state.layers, batchOf(batchSize)),
      );
    },
    async dispose() {
      held.x.dispose();
      held.y.dispose();
      await disposeAll([...steps.values(), ...evaluations.values()]);
    },
  };
}
