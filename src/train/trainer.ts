// Trains a model on a data set: one program a batch size, over one state that outlives them all.

import { compile, compileStep } from "../compile.ts";
import { FormatError, ShapeError, ValueError } from "../core/errors.ts";
import { hostTensor, tensor, zeros, type HostTensor } from "../core/host_tensor.ts";
import { finite, positiveInteger } from "../core/option.ts";
import { Random } from "../core/random.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import { leavesOf, mapTree, type Tree } from "../core/tree.ts";
import { countOf, dataset, type Dataset } from "../data/dataset.ts";
import { batches, shuffledRows } from "../data/sampler.ts";
import type { Loss } from "../loss/index.ts";
import type { Layer } from "../nn/index.ts";
import type { Optimizer } from "../optim/index.ts";
import type { Device } from "../runtime/device.ts";
import { isDeviceTensor, upload, type DeviceTensor } from "../runtime/device_tensor.ts";
import type { Program } from "../runtime/program.ts";
import { hyper, spec } from "../trace/trace.ts";
import { accuracyOf, type Evaluation } from "./evaluate.ts";
import { expectFiniteLosses, LossLog, STEPS_PER_READ, type LoggedLoss } from "./loss_log.ts";
import { evaluationStep, trainStep, type TrainState } from "./step.ts";

export type { Evaluation } from "./evaluate.ts";

export interface TrainerOptions {
  readonly model: Layer;
  /** The mean over the batch of some error, so that a batch's gradient does not grow with its size. */
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly batchSize: number;
  /** Decides the first parameters and the order of examples. */
  readonly seed?: number;
}

export interface Progress {
  readonly epoch: number;
  /** Examples seen in this epoch, of how many. */
  readonly samples: number;
  readonly total: number;
  /** The mean of the epoch's losses so far. */
  readonly loss: number;
  readonly samplesPerSecond: number;
}

export interface FitOptions {
  readonly epochs: number;
  /** Evaluated after each epoch. */
  readonly validation?: Dataset;
  readonly onProgress?: (progress: Progress) => void;
}

export interface EpochReport {
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean over the epoch's examples, each before its update. */
  readonly loss: number;
  /** Of the validation set, where there is one. */
  readonly validationLoss: number | undefined;
  readonly accuracy: number | undefined;
  readonly samplesPerSecond: number;
}

/** A training step returns nothing: its loss is in the ring. */
type StepProgram = Program<readonly []>;
type EvaluationProgram = Program<readonly [prediction: DeviceTensor, loss: DeviceTensor]>;

/** A data set on the device, with the programs that were compiled for its shapes. */
interface ResidentSet {
  readonly x: DeviceTensor;
  readonly y: DeviceTensor;
  readonly train: Map<number, Promise<StepProgram>>;
  readonly evaluate: Map<number, Promise<EvaluationProgram>>;
}

const EVALUATION_BATCH = 1000;

/** Allocates parameters and optimizer slots. Throws ValueError where an option is out of range. */
export async function createTrainer(device: Device, options: TrainerOptions): Promise<Trainer> {
  positiveInteger("batchSize", options.batchSize);
  const { model, optimizer, seed = 0 } = options;
  const params = model.init(new Random(seed));
  const state: TrainState<HostTensor> = {
    params,
    layers: model.state?.() ?? {},
    slots: optimizer.init(params),
    ring: zeros([2 * STEPS_PER_READ, 1]),
    step: hostTensor(new Uint32Array(1), []),
  };
  const onDevice = mapTree(state, isHostTensor, (leaf, name) =>
    upload(device, leaf, name),
  ) as TrainState<DeviceTensor>;
  return new Trainer(device, { ...options, seed }, onDevice);
}

const isHostTensor = (x: unknown): x is HostTensor => x !== null && typeof x === "object" && "data" in x;

export class Trainer {
  readonly device: Device;
  readonly state: TrainState<DeviceTensor>;
  private readonly options: Required<TrainerOptions>;
  private readonly sets = new Map<Dataset, ResidentSet>();
  private rate: number;
  private steps = 0;
  private epochs = 0;

  constructor(device: Device, options: Required<TrainerOptions>, state: TrainState<DeviceTensor>) {
    this.device = device;
    this.options = options;
    this.state = state;
    this.rate = options.optimizer.learningRate;
  }

  /** Steps made so far. */
  get stepCount(): number {
    return this.steps;
  }

  get learningRate(): number {
    return this.rate;
  }
  /** Takes effect from the next step. Throws ValueError unless it is a finite number from 0 up. */
  set learningRate(rate: number) {
    this.rate = finite("learningRate", rate, 0);
  }

  /**
   * Trains, and gives a report after each epoch. The set is uploaded once and checked before; each epoch has its own
   * order of examples, and a last, smaller batch counts by its rows. Throws ValueError when a loss is not finite.
   */
  async *fit(
    train: Dataset,
    { epochs, validation, onProgress }: FitOptions,
  ): AsyncGenerator<EpochReport, void, undefined> {
    positiveInteger("epochs", epochs);
    const set = this.resident(train);
    if (validation) this.resident(validation);
    const count = countOf(train);
    for (let i = 0; i < epochs; i++) {
      const epoch = this.epochs++;
      const plan = batches(shuffledRows(count, this.options.seed, epoch), this.options.batchSize);
      const programs = await Promise.all(plan.map((rows) => this.trainProgram(set, rows.length)));
      const log = new LossLog(this.state.ring, this.steps);
      const first = this.steps;
      const started = performance.now();
      let total = 0;
      let samples = 0;
      const log_ = (losses: readonly LoggedLoss[]): void => {
        expectFiniteLosses(losses, this.rate);
        for (const { step, loss } of losses) {
          const rows = plan[step - first]?.length ?? 0;
          total += loss * rows;
          samples += rows;
        }
        const samplesPerSecond = (samples / (performance.now() - started)) * 1000;
        if (losses.length)
          onProgress?.({ epoch: epoch + 1, samples, total: count, loss: total / samples, samplesPerSecond });
      };
      for (const [at, rows] of plan.entries()) {
        programs[at]?.run({ rows, learningRate: this.rate });
        this.steps++;
        log_(await log.after(this.steps));
      }
      log_(await log.finish(this.steps));
      const samplesPerSecond = (count / (performance.now() - started)) * 1000;
      const seen = validation && (await this.evaluate(validation));
      yield {
        epoch: epoch + 1,
        loss: total / count,
        validationLoss: seen?.loss,
        accuracy: seen?.accuracy,
        samplesPerSecond,
      };
    }
  }

  /** Loss, accuracy and predictions of a set; nothing is changed. */
  async evaluate(source: Dataset): Promise<Evaluation> {
    const set = this.resident(source);
    const count = countOf(source);
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    const parts: HostTensor[] = [];
    let total = 0;
    for (const rows of batches(order, Math.min(EVALUATION_BATCH, count))) {
      const program = await this.evaluationProgram(set, rows.length);
      program.run(undefined, undefined, { rows });
      const [prediction, loss] = await program.read();
      total += (loss.data[0] ?? NaN) * rows.length;
      parts.push(prediction);
    }
    const predictions = concatenateRows(parts);
    return { loss: total / count, accuracy: accuracyOf(predictions, source), predictions };
  }

  /** The training step's plan for a set, as it runs for a full batch. */
  async program(train: Dataset): Promise<StepProgram> {
    return this.trainProgram(this.resident(train), Math.min(this.options.batchSize, countOf(train)));
  }

  /** The parameters by name, in JavaScript memory: what `encodeSafetensors` takes. */
  async params(): Promise<Record<string, HostTensor>> {
    const leaves = leavesOf<DeviceTensor>(this.state.params, isDeviceTensor);
    return Object.fromEntries(
      await Promise.all(leaves.map(async ({ name, leaf }) => [name, await leaf.read()] as const)),
    );
  }

  /** Replaces the parameters. Throws FormatError naming every missing, misshapen or foreign tensor, with nothing changed. */
  load(params: Readonly<Record<string, HostTensor>>): void {
    const leaves = leavesOf<DeviceTensor>(this.state.params, isDeviceTensor);
    const problems = leaves.flatMap(({ name, leaf }) => {
      const given = params[name];
      if (!given) return [`${name} ${formatShape(leaf.shape)} is missing`];
      return sameShape(given.shape, leaf.shape)
        ? []
        : [`${name} is ${formatShape(given.shape)}, but the model's is ${formatShape(leaf.shape)}`];
    });
    const known = new Set(leaves.map(({ name }) => name));
    problems.push(
      ...Object.keys(params)
        .filter((name) => !known.has(name))
        .map((name) => `${name} is not in the model`),
    );
    if (problems.length)
      throw new FormatError(`load: ${problems.join("; ")}. Use the weights of this model.`);
    for (const { name, leaf } of leaves) leaf.write(params[name] ?? tensor(0));
  }

  /** Frees everything it allocated; the device stays open. */
  async dispose(): Promise<void> {
    for (const { x, y, train, evaluate } of this.sets.values()) {
      for (const program of [...train.values(), ...evaluate.values()]) (await program).dispose();
      x.dispose();
      y.dispose();
    }
    this.sets.clear();
    for (const { leaf } of leavesOf<DeviceTensor>(this.state, isDeviceTensor)) leaf.dispose();
  }

  private resident(source: Dataset): ResidentSet {
    let set = this.sets.get(source);
    if (!set) {
      const { x, y } = dataset(source);
      set = {
        x: upload(this.device, x, "data x"),
        y: upload(this.device, y, "data y"),
        train: new Map(),
        evaluate: new Map(),
      };
      this.sets.set(source, set);
    }
    return set;
  }

  private trainProgram({ x, y, train }: ResidentSet, batchSize: number): Promise<StepProgram> {
    const { model, loss, optimizer } = this.options;
    return cached(train, batchSize, () =>
      compileStep(this.device, trainStep(model, loss, optimizer), this.state, {
        x,
        y,
        rows: spec([batchSize], "u32"),
        learningRate: hyper(),
      }),
    );
  }

  private evaluationProgram({ x, y, evaluate }: ResidentSet, batchSize: number): Promise<EvaluationProgram> {
    const { model, loss } = this.options;
    const { params, layers } = this.state;
    return cached(evaluate, batchSize, () =>
      compile(this.device, evaluationStep(model, loss), params, layers, {
        x,
        y,
        rows: spec([batchSize], "u32"),
      }),
    );
  }
}

function cached<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}

function concatenateRows(parts: readonly HostTensor[]): HostTensor {
  const [first] = parts;
  if (!first) throw new ValueError("evaluate: the set is empty. Give it at least one row.");
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  if (first.shape.length === 0)
    throw new ShapeError("evaluate: the model gives a scalar. It must give (B, …).");
  return hostTensor(data, [rows, ...first.shape.slice(1)]);
}
