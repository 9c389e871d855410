// A data set on the device, with the programs that were compiled for its shapes: one a batch size.

import { compile } from "../compile.ts";
import { cachedPromise } from "../core/cached.ts";
import { countOf, dataset, type Dataset } from "../data/dataset.ts";
import { batches, shuffledRows } from "../data/sampler.ts";
import { uploadTree, type DeviceTensor } from "../runtime/device_tensor.ts";
import type { Program } from "../runtime/program.ts";
import { spec } from "../trace/trace.ts";
import type { Batch, Feed } from "./epoch.ts";
import { disposeAll } from "./programs.ts";
import { evaluationStep } from "./step.ts";
import { stepProgram, type StepProgram, type Training } from "./step_program.ts";

export type EvaluationProgram = Program<
  readonly [prediction: DeviceTensor, loss: DeviceTensor, ...metrics: DeviceTensor[]]
>;

export class ResidentSet implements Feed {
  readonly count: number;
  private readonly training: Training;
  private readonly x: DeviceTensor;
  private readonly y: DeviceTensor;
  private readonly scale: number;
  private readonly steps = new Map<string, Promise<StepProgram>>();
  private readonly evaluations = new Map<number, Promise<EvaluationProgram>>();

  /** Checks and uploads the set. Throws what `dataset` throws. */
  constructor(training: Training, source: Dataset) {
    const { x, y, scale = 1 } = dataset(source);
    this.training = training;
    this.scale = scale;
    this.count = countOf(source);
    const held = uploadTree(training.device, { x, y }, "data") as Record<"x" | "y", DeviceTensor>;
    this.x = held.x;
    this.y = held.y;
  }

  /** The batches of an epoch, counted from 0, in its order; their programs are compiled before the first. */
  async *epoch(epoch: number): AsyncGenerator<Batch> {
    const { seed, batchSize, accumulate } = this.training.options;
    const order = batches(shuffledRows(this.count, seed, epoch), batchSize);
    const kinds = accumulate > 1 ? [true, false] : [true];
    await Promise.all(order.flatMap(({ length }) => kinds.map((updates) => this.step(length, updates))));
    for (const rows of order) {
      const { length } = rows;
      yield { rows: length, program: (updates) => this.step(length, updates), inputs: { rows } };
    }
  }

  /** The training step for batches of `batchSize` rows. */
  step(batchSize: number, updates = true): Promise<StepProgram> {
    const { x, y, scale } = this;
    return cachedPromise(this.steps, `${batchSize} ${updates}`, () =>
      stepProgram(this.training, { x, y, scale, rows: spec([batchSize], "u32") }, updates),
    );
  }

  /** Predictions, loss and metrics of batches of `batchSize` rows. */
  evaluation(batchSize: number): Promise<EvaluationProgram> {
    const { device, options, state } = this.training;
    const { model, loss, metrics } = options;
    const { x, y, scale } = this;
    const inputs = { x, y, rows: spec([batchSize], "u32") };
    const step = evaluationStep(model, loss, { scale, metrics });
    return cachedPromise(this.evaluations, batchSize, () =>
      compile(device, step, state.params, state.layers, inputs),
    );
  }

  async dispose(): Promise<void> {
    this.x.dispose();
    this.y.dispose();
    await disposeAll([...this.steps.values(), ...this.evaluations.values()]);
  }
}
