// One network in training, steered from outside: a loop that brings about what was last wished for, epoch by epoch.

import {
  argmaxRows,
  createTrainer,
  DeviceError,
  loss,
  nn,
  openDevice,
  optim,
  type Device,
  type EpochReport,
  type Trainer,
} from "chainrule";
import type { Digits } from "./data.ts";

export interface Settings {
  readonly backend: "webgpu" | "wasm" | "auto";
  readonly hidden: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/** What the loop tells the page. */
export interface Listener {
  opened(device: Device, reason: string): void;
  /** A fresh network: the plan of its training step as text, and its guesses before it has learned anything. */
  built(plan: string, guesses: ArrayLike<number>): void;
  /** Mean loss of the examples since the last call; `epochs` is a fraction while an epoch is under way. */
  progressed(epochs: number, loss: number): void;
  finished(report: EpochReport, guesses: ArrayLike<number>): void;
  /** Training began, or ended. */
  changed(running: boolean): void;
  failed(error: unknown): void;
}

/** Training ends by itself after so many. */
const EPOCHS = 100;
const SEED = 7;

/** Another back end where the browser has no WebGPU: the page is to teach, not to refuse. */
async function openFor(backend: Settings["backend"]): Promise<Device> {
  try {
    return await openDevice({ backend });
  } catch (error) {
    if (backend === "webgpu" && error instanceof DeviceError) return openDevice();
    throw error;
  }
}

export class Training {
  private readonly digits: Digits;
  private readonly listener: Listener;
  private settings: Settings;
  private device: Device | undefined;
  /** What the device was opened for. */
  private backend: Settings["backend"] | undefined;
  private trainer: Trainer | undefined;
  private stale = true;
  private left = 0;
  private wake = (): void => undefined;

  constructor(digits: Digits, settings: Settings, listener: Listener) {
    this.digits = digits;
    this.settings = settings;
    this.listener = listener;
    void this.loop();
  }

  get running(): boolean {
    return this.left > 0;
  }

  start(): void {
    this.setLeft(EPOCHS);
  }

  /** Takes effect when the epoch ends. */
  stop(): void {
    this.setLeft(0);
  }

  /** Begins anew with a fresh network, and goes on training if it was. */
  restart(settings: Settings): void {
    this.settings = settings;
    this.stale = true;
    if (this.running) this.left = EPOCHS;
    this.wake();
  }

  /** Takes effect at the next step. */
  setLearningRate(learningRate: number): void {
    this.settings = { ...this.settings, learningRate };
    if (this.trainer) this.trainer.learningRate = learningRate;
  }

  private setLeft(epochs: number): void {
    const before = this.running;
    this.left = epochs;
    if (this.running !== before) this.listener.changed(this.running);
    this.wake();
  }

  private async loop(): Promise<never> {
    for (;;) {
      try {
        if (this.stale) await this.build();
        else if (this.running) await this.trainEpoch();
        else await new Promise<void>((resolve) => (this.wake = resolve));
        // The CPU back end never waits, so the page is given its turn here.
        await new Promise((resolve) => setTimeout(resolve));
      } catch (error) {
        this.listener.failed(error);
        this.stop();
        // The next wish starts from nothing: the device may be lost.
        await new Promise<void>((resolve) => (this.wake = resolve));
        this.device?.dispose();
        this.device = this.trainer = undefined;
        this.stale = true;
      }
    }
  }

  private async build(): Promise<void> {
    this.stale = false;
    const { backend, hidden, batchSize, learningRate } = this.settings;
    await this.trainer?.dispose();
    if (backend !== this.backend) this.device?.dispose();
    if (backend !== this.backend || !this.device) this.device = await openFor(backend);
    this.backend = backend;
    this.trainer = await createTrainer(this.device, {
      model: nn.textbookNetwork(64, hidden, 10),
      loss: loss.halfSquaredError,
      optimizer: optim.sgd({ learningRate }),
      batchSize,
      seed: SEED,
    });
    const program = await this.trainer.program(this.digits.train);
    this.listener.opened(this.trainer.device, this.trainer.reason);
    this.listener.built(String(program), await this.guesses(this.trainer));
  }

  private async trainEpoch(): Promise<void> {
    const { trainer, digits, listener } = this;
    if (!trainer) return;
    let seen = { samples: 0, sum: 0 };
    const epochs = trainer.fit(digits.train, {
      epochs: 1,
      validation: digits.test,
      onProgress: ({ epoch, samples, total, loss: mean }) => {
        const sum = mean * samples;
        listener.progressed(epoch - 1 + samples / total, (sum - seen.sum) / (samples - seen.samples));
        seen = { samples, sum };
      },
    });
    for await (const report of epochs) listener.finished(report, await this.guesses(trainer));
    // An epoch of a network that is to be replaced does not count.
    if (this.running && !this.stale) this.setLeft(this.left - 1);
  }

  private async guesses(trainer: Trainer): Promise<Int32Array> {
    return argmaxRows((await trainer.evaluate(this.digits.shown)).predictions);
  }
}
