// Trains a model on a data set, over one state that outlives every program.

import { compile } from "../compile.ts";
import { expectDType } from "../core/dtype.ts";
import { DeviceError, FormatError } from "../core/errors.ts";
import { expectFinite, hostTensor, isHostTensor, zeros, type HostTensor } from "../core/host_tensor.ts";
import { finite, positiveInteger } from "../core/option.ts";
import { Random } from "../core/random.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import { leavesOf, mapTree } from "../core/tree.ts";
import { countOf, type Dataset } from "../data/dataset.ts";
import { batches, shuffledRows } from "../data/sampler.ts";
import type { Device } from "../runtime/device.ts";
import { isDeviceTensor, upload, type DeviceTensor } from "../runtime/device_tensor.ts";
import type { Program } from "../runtime/program.ts";
import { spec } from "../trace/trace.ts";
import { EpochMeter } from "./epoch_meter.ts";
import { accuracyOf, concatenateRows, type Evaluation } from "./evaluate.ts";
import { expectFiniteLosses, LossLog, STEPS_PER_READ, type LoggedLoss } from "./loss_log.ts";
import type { EpochReport, FitOptions, TrainerOptions } from "./options.ts";
import { cached, ResidentSet, type StepProgram } from "./resident_set.ts";
import { predictionStep, type TrainState } from "./step.ts";

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

export class Trainer {
  readonly device: Device;
  readonly state: TrainState<DeviceTensor>;
  private readonly options: Required<TrainerOptions>;
  private readonly sets = new Map<Dataset, ResidentSet>();
  private readonly predictors = new Map<string, Promise<Program<DeviceTensor>>>();
  private rate: number;
  private steps = 0;
  private epochs = 0;
  private disposed = false;

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
    // The device's own count: a caller may have made steps with `program()`.
    this.steps = await this.state.step.item();
    for (let i = 0; i < epochs; i++) {
      const order = batches(
        shuffledRows(countOf(train), this.options.seed, this.epochs++),
        this.options.batchSize,
      );
      const programs = await Promise.all(order.map(({ length }) => set.step(length)));
      const sizes = order.map(({ length }) => length);
      const meter = new EpochMeter(this.epochs, sizes, this.steps);
      const log = new LossLog(this.state.ring, this.steps);
      const arrived = (losses: readonly LoggedLoss[]): void => {
        if (losses.length === 0) return;
        expectFiniteLosses(losses, this.rate);
        meter.add(losses);
        onProgress?.(meter.progress);
      };
      for (const [at, rows] of order.entries()) {
        programs[at]?.run({ rows, learningRate: this.rate });
        this.steps++;
        arrived(await log.after(this.steps));
      }
      arrived(await log.finish(this.steps));
      const { epoch, loss, samplesPerSecond } = meter.progress;
      const seen = validation && (await this.evaluate(validation));
      yield { epoch, loss, validationLoss: seen?.loss, accuracy: seen?.accuracy, samplesPerSecond };
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
      const program = await set.evaluation(rows.length);
      program.run(undefined, undefined, { rows });
      const [prediction, loss] = await program.read();
      total += (loss.data[0] ?? NaN) * rows.length;
      parts.push(prediction);
    }
    const predictions = concatenateRows(parts);
    return { loss: total / count, accuracy: accuracyOf(predictions, source), predictions };
  }

  /** What the model gives for inputs (B, …), as f32: (B, …). Another shape is another program, which is kept. */
  async predict(x: HostTensor): Promise<HostTensor> {
    this.alive();
    expectDType("predict", "x", x.dtype, "f32");
    expectFinite("predict: x", x);
    const { params, layers } = this.state;
    const program = await cached(this.predictors, formatShape(x.shape), () =>
      compile(this.device, predictionStep(this.options.model), params, layers, spec(x.shape)),
    );
    program.run(undefined, undefined, x);
    return program.read();
  }

  /** Frees a set's memory on the device, and its programs. It is uploaded anew when it is used again. */
  async release(source: Dataset): Promise<void> {
    const set = this.sets.get(source);
    this.sets.delete(source);
    await set?.dispose();
  }

  /** The program of a training step on a set, as it runs for a full batch: `run({ rows, learningRate })` makes a step. */
  program(train: Dataset): Promise<StepProgram> {
    return this.resident(train).step(Math.min(this.options.batchSize, countOf(train)));
  }

  /** The parameters by name, in JavaScript memory: what `encodeSafetensors` takes. */
  async params(): Promise<Record<string, HostTensor>> {
    this.alive();
    const leaves = leavesOf<DeviceTensor>(this.state.params, isDeviceTensor);
    return Object.fromEntries(
      await Promise.all(leaves.map(async ({ name, leaf }) => [name, await leaf.read()] as const)),
    );
  }

  /**
   * Replaces the parameters. Throws FormatError naming every missing, misshapen, non-finite or foreign tensor, with
   * nothing changed.
   */
  load(params: Readonly<Record<string, HostTensor>>): void {
    this.alive();
    const leaves = leavesOf<DeviceTensor>(this.state.params, isDeviceTensor);
    const problems = leaves.flatMap(({ name, leaf }) => {
      const given = params[name];
      if (!given) return [`${name} ${formatShape(leaf.shape)} is missing`];
      if (!sameShape(given.shape, leaf.shape))
        return [`${name} is ${formatShape(given.shape)}, but the model's is ${formatShape(leaf.shape)}`];
      const at = given.data.findIndex((x: number) => !Number.isFinite(x));
      return at < 0 ? [] : [`${name}: element ${at} is ${given.data[at]}`];
    });
    const known = new Set(leaves.map(({ name }) => name));
    problems.push(
      ...Object.keys(params)
        .filter((name) => !known.has(name))
        .map((name) => `${name} is not in the model`),
    );
    if (problems.length)
      throw new FormatError(`load: ${problems.join("; ")}. Use the weights of this model.`);
    for (const { name, leaf } of leaves) {
      const given = params[name];
      if (given) leaf.write(given);
    }
  }

  /** Frees everything it allocated; the device stays open. */
  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    for (const set of this.sets.keys()) await this.release(set);
    for (const made of await Promise.allSettled(this.predictors.values()))
      if (made.status === "fulfilled") made.value.dispose();
    for (const { leaf } of leavesOf<DeviceTensor>(this.state, isDeviceTensor)) leaf.dispose();
  }

  private alive(): void {
    if (this.disposed) throw new DeviceError("trainer: it was disposed. Create it again.");
  }

  private resident(source: Dataset): ResidentSet {
    this.alive();
    let set = this.sets.get(source);
    if (!set) {
      set = new ResidentSet(this.device, this.options, this.state, source);
      this.sets.set(source, set);
    }
    return set;
  }
}
