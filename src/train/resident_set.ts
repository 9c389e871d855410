// A data set on the device, with the programs that were compiled for its shapes: one a batch size.

import { compile, compileStep } from "../compile.ts";
import { countOf, dataset, type Dataset } from "../data/dataset.ts";
import { batches, shuffledRows } from "../data/sampler.ts";
import type { Device } from "../runtime/device.ts";
import { upload, type DeviceTensor } from "../runtime/device_tensor.ts";
import type { Program } from "../runtime/program.ts";
import { hyper, spec } from "../trace/trace.ts";
import { cached, disposeAll } from "./cached.ts";
import type { Batch } from "./epoch.ts";
import type { TrainerOptions } from "./options.ts";
import type { TrainState } from "./state.ts";
import { evaluationStep, trainStep } from "./step.ts";

/** A training step returns nothing: its loss and metrics are in the ring. */
export type StepProgram = Program<readonly []>;
export type EvaluationProgram = Program<
  readonly [prediction: DeviceTensor, loss: DeviceTensor, ...metrics: DeviceTensor[]]
>;

export class ResidentSet {
  private readonly device: Device;
  private readonly options: Required<TrainerOptions>;
  private readonly state: TrainState<DeviceTensor>;
  private readonly x: DeviceTensor;
  private readonly y: DeviceTensor;
  private readonly scale: number;
  private readonly count: number;
  private readonly steps = new Map<number, Promise<StepProgram>>();
  private readonly evaluations = new Map<number, Promise<EvaluationProgram>>();

  /** Checks and uploads the set. Throws what `dataset` throws. */
  constructor(
    device: Device,
    options: Required<TrainerOptions>,
    state: TrainState<DeviceTensor>,
    source: Dataset,
  ) {
    const { x, y, scale = 1 } = dataset(source);
    this.scale = scale;
    this.count = countOf(source);
    this.device = device;
    this.options = options;
    this.state = state;
    this.x = upload(device, x, "data x");
    this.y = upload(device, y, "data y");
  }

  /** The batches of an epoch, counted from 0, in its order; their programs are compiled before the first. */
  async *epoch(epoch: number): AsyncGenerator<Batch> {
    const { seed, batchSize } = this.options;
    const order = batches(shuffledRows(this.count, seed, epoch), batchSize);
    const programs = await Promise.all(order.map(({ length }) => this.step(length)));
    for (const [i, program] of programs.entries()) {
      const rows = order[i] ?? new Uint32Array();
      yield { rows: rows.length, program, inputs: { rows } };
    }
  }

  /** The training step for batches of `batchSize` rows. */
  step(batchSize: number): Promise<StepProgram> {
    const { model, loss, optimizer, metrics } = this.options;
    return cached(this.steps, batchSize, () =>
      compileStep(
        this.device,
        trainStep(model, loss, optimizer, { scale: this.scale, metrics }),
        this.state,
        {
          x: this.x,
          y: this.y,
          rows: spec([batchSize], "u32"),
          learningRate: hyper(),
        },
      ),
    );
  }

  /** Predictions, loss and metrics of batches of `batchSize` rows. */
  evaluation(batchSize: number): Promise<EvaluationProgram> {
    const { model, loss, metrics } = this.options;
    const { params, layers } = this.state;
    const inputs = { x: this.x, y: this.y, rows: spec([batchSize], "u32") };
    return cached(this.evaluations, batchSize, () =>
      compile(
        this.device,
        evaluationStep(model, loss, { scale: this.scale, metrics }),
        params,
        layers,
        inputs,
      ),
    );
  }

  async dispose(): Promise<void> {
    this.x.dispose();
    this.y.dispose();
    await disposeAll([...this.steps.values(), ...this.evaluations.values()]);
  }
}
