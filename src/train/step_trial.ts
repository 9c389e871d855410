// A real training step of a network, on a device that it may not stay on, to be timed.

import { ChainruleError } from "../core/errors.ts";
import { gatherRows } from "../data/rows.ts";
import { countOf, dataset, type Dataset } from "../data/dataset.ts";
import { flopsOf } from "../plan/recomputation.ts";
import type { Device } from "../runtime/device.ts";
import { ResidentSet } from "./resident_set.ts";
import type { Settings } from "./settings.ts";
import { createState, disposeState } from "./state.ts";
import type { StepProgram, Training } from "./step_program.ts";

/** A round takes at least as long, which is enough for the clock of a page (0.1 ms); and all rounds of a trial. */
const ROUND_MS = 5;
const TRIAL_MS = 100;

export class StepTrial {
  readonly device: Device;
  private readonly training: Training;
  private readonly set: ResidentSet;
  private readonly program: StepProgram;
  private readonly inputs: object;
  private stepMs = Infinity;
  private spentMs = 0;
  private steps = 1;

  private constructor(training: Training, set: ResidentSet, program: StepProgram, inputs: object) {
    this.device = training.device;
    this.training = training;
    this.set = set;
    this.program = program;
    this.inputs = inputs;
  }

  /** With fresh weights and the first batch of a set. */
  static async on(device: Device, options: Settings, train: Dataset): Promise<StepTrial> {
    const { x, y, scale = 1 } = dataset(train);
    const examples = Math.min(options.batchSize, countOf(train));
    const rows = Uint32Array.from({ length: examples }, (_, row) => row);
    const training = { device, options, state: createState(device, options) };
    let set: ResidentSet | undefined;
    try {
      const batch = { x: gatherRows(x, rows), y: gatherRows(y, rows), ...(scale !== 1 && { scale }) };
      set = new ResidentSet(training, batch);
      const inputs = { rows, learningRate: options.optimizer.learningRate, group: { carry: 0, examples } };
      return new StepTrial(training, set, await set.step(examples), inputs);
    } catch (error) {
      await set?.dispose();
      disposeState(training.state);
      throw error;
    }
  }

  /** Of a step. */
  get flops(): number {
    return flopsOf(this.program.plan);
  }

  /** Milliseconds of the fastest step so far, by rounds of some steps that are waited for together. */
  get milliseconds(): number {
    return this.stepMs;
  }

  /** False where enough was spent on it. */
  async round(): Promise<boolean> {
    if (this.spentMs > TRIAL_MS) return false;
    const started = performance.now();
    for (let i = 0; i < this.steps; i++) this.program.run(this.inputs);
    await this.device.idle();
    const taken = performance.now() - started;
    // Of fewer steps, the clock says too little.
    if (taken < ROUND_MS) this.steps *= 2;
    else this.stepMs = Math.min(this.stepMs, taken / this.steps);
    this.spentMs += taken;
    return true;
  }

  /** It cannot win. */
  fail(): void {
    this.stepMs = Infinity;
  }

  async dispose(): Promise<void> {
    await this.set.dispose();
    disposeState(this.training.state);
  }
}

/**
 * Rounds in turns, so that whatever else the machine does slows all of them. A trial that fails is out of it; throws what the first one throws.
 */
export async function measure(trials: readonly StepTrial[]): Promise<void> {
  let rest = trials;
  while (rest.length) {
    const more: StepTrial[] = [];
    for (const trial of rest) if (await hasMore(trial, trial === trials[0])) more.push(trial);
    rest = more;
  }
}

async function hasMore(trial: StepTrial, isNeeded: boolean): Promise<boolean> {
  try {
    return await trial.round();
  } catch (error) {
    if (isNeeded || !(error instanceof ChainruleError)) throw error;
    trial.fail();
    return false;
  }
}
