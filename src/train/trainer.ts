// Trains a model on a data set, over one state that outlives every program.

import { DeviceError, ValueError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { finite, positiveInteger } from "../core/option.ts";
import { countOf, type Dataset } from "../data/dataset.ts";
import type { Device } from "../runtime/device.ts";
import type { DeviceTensor } from "../runtime/device_tensor.ts";
import { runEpoch } from "./epoch.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Feeds } from "./feeds.ts";
import type { EpochReport, FitOptions, TrainerOptions } from "./options.ts";
import { settingsOf } from "./settings.ts";
import type { TrainState } from "./state.ts";
import type { StepProgram, Training } from "./step_program.ts";
import type { Stream } from "./stream.ts";
import { readWeights, writeWeights } from "./weights.ts";
import { workplaceOn, type Workplace } from "./workplace.ts";

/**
 * Allocates parameters and optimizer slots. On a device that nobody named (`openDevice()`), the first `fit` on a set measures
 * a step on others that may be faster too, and the network moves to the fastest: `trainer.reason` says so. Throws ValueError
 * where an option is out of range.
 */
export async function createTrainer(device: Device, options: TrainerOptions): Promise<Trainer> {
  return new Trainer(workplaceOn(device, settingsOf(options)));
}

export class Trainer {
  private readonly place: Workplace;
  private rate: number;
  private steps = 0;
  private epochs = 0;
  private disposed = false;

  constructor(place: Workplace) {
    this.place = place;
    this.rate = place.training.options.optimizer.learningRate;
  }

  /** Where it trains. */
  get device(): Device {
    return this.training.device;
  }

  /** Why there, in words. */
  get reason(): string {
    return this.place.reason;
  }

  /** What lies on the device; another, with the same contents, once the network has moved. */
  get state(): TrainState<DeviceTensor> {
    return this.training.state;
  }

  /** Steps made so far, one a batch. */
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
   * Trains, and gives a report after each epoch. A set is uploaded once and checked before, a stream is checked batch by
   * batch; each epoch has its own order of examples, and a last, smaller batch counts by its rows. Throws ValueError when a
   * loss or a metric is not finite, and what a stream throws; what was learned until then stays.
   */
  async *fit(
    train: Dataset | Stream,
    { epochs, validation, onProgress }: FitOptions,
  ): AsyncGenerator<EpochReport, void, undefined> {
    positiveInteger("epochs", epochs);
    if (onProgress && typeof onProgress !== "function")
      throw new ValueError(`onProgress is ${String(onProgress)}. Pass a function.`);
    const { accumulate, metrics: measured } = this.training.options;
    const names = Object.keys(measured);
    this.alive();
    if (!("open" in train)) await this.place.settle(train);
    const feed = this.feeds.of(train);
    if (validation) this.feeds.resident(validation);
    // The device's own count: a caller may have made steps with `program()`.
    this.steps = await this.state.step.item();
    for (let i = 0; i < epochs; i++) {
      const { epoch, loss, metrics, samplesPerSecond } = await runEpoch({
        batches: feed.epoch(this.epochs++),
        epoch: this.epochs,
        total: feed.count,
        ring: this.state.ring,
        metrics: names,
        accumulate,
        firstStep: this.steps,
        learningRate: () => this.rate,
        stepped: (step) => (this.steps = step),
        onProgress,
      });
      const seen = validation && (await this.evaluate(validation));
      yield {
        epoch,
        loss,
        metrics,
        validationLoss: seen?.loss,
        validationMetrics: seen?.metrics,
        accuracy: seen?.accuracy,
        samplesPerSecond,
      };
    }
  }

  /** Loss, metrics, accuracy and predictions of a set; nothing is changed. */
  async evaluate(source: Dataset): Promise<Evaluation> {
    this.alive();
    const set = this.feeds.resident(source);
    const evaluation = await import("./evaluate.ts");
    return evaluation.evaluate(set, source, Object.keys(this.training.options.metrics));
  }

  /** What the model gives for inputs (B, …), as f32: (B, …). Another shape is another program, which is kept. */
  async predict(x: HostTensor): Promise<HostTensor> {
    this.alive();
    return this.place.predictors.predict(x);
  }

  /** Frees the memory of a set or a stream on the device, and its programs. They are made anew when it is used again. */
  release(source: Dataset | Stream): Promise<void> {
    return this.feeds.release(source);
  }

  /**
   * The program of a training step on a set, as it runs for a full batch: `run({ rows, learningRate })` makes a step. With
   * `accumulate`, the one that updates, which is given `group: { carry, examples }` too: 1 to add its gradients to those
   * before, 0 to begin anew, and the examples of all.
   */
  async program(train: Dataset): Promise<StepProgram> {
    this.alive();
    await this.place.settle(train);
    return this.feeds.resident(train).step(Math.min(this.training.options.batchSize, countOf(train)));
  }

  /** The parameters by name, in JavaScript memory: what `encodeSafetensors` takes. */
  async params(): Promise<Record<string, HostTensor>> {
    this.alive();
    return readWeights(this.state.params);
  }

  /**
   * Replaces the parameters. Throws FormatError naming every missing, misshapen, non-finite or foreign tensor, with
   * nothing changed.
   */
  load(params: Readonly<Record<string, HostTensor>>): void {
    this.alive();
    writeWeights(this.state.params, params);
  }

  /** Frees everything it allocated; the device stays open. */
  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await this.place.dispose();
  }

  private get training(): Training {
    return this.place.training;
  }

  private get feeds(): Feeds {
    return this.place.feeds;
  }

  private alive(): void {
    if (this.disposed) throw new DeviceError("trainer: it was disposed. Create it again.");
  }
}
