// A real training step of a network, on a device that it may not stay on, to be timed.

import { ChainruleError } from "../core/errors.ts";
import { gatherRows } from "../data/rows.ts";
import type { Dataset } from "../data/dataset.ts";
import { flopsOf } from "../plan/flops.ts";
import type { Device } from "../runtime/device.ts";
import type { StepProgram } from "./step_program.ts";
import type { Workplace } from "./workplace.ts";

/** A round takes at least as long, which is enough for the clock of a page (0.1 ms); and all rounds of a trial. */
const ROUND_MS = 5;
const TRIAL_MS = 100;

export class StepTrial {
  readonly device: Device;
  private readonly place: Workplace;
  private readonly program: StepProgram;
  private readonly inputs: object;
  private stepMs = Infinity;
  private spentMs = 0;
  private steps = 1;

  private constructor(place: Workplace, program: StepProgram, inputs: object) {
    this.device = place.training.device;
    this.place = place;
    this.program = program;
    this.inputs = inputs;
  }

  /** At a place of its own, which it disposes of in the end, with the first batch of a set. */
  static async at(place: Workplace, { x, y, scale = 1 }: Dataset): Promise<StepTrial> {
    const { batchSize, optimizer } = place.training.options;
    try {
      const examples = Math.min(batchSize, x.shape[0] ?? 0);
      const rows = Uint32Array.from({ length: examples }, (_, row) => row);
      const batch = { x: gatherRows(x, rows), y: gatherRows(y, rows), ...(scale !== 1 && { scale }) };
      const program = await place.feeds.resident(batch).step(examples);
      const { learningRate } = optimizer;
      return new StepTrial(place, program, { rows, learningRate, group: { carry: 0, examples } });
    } catch (error) {
      await place.dispose();
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

  dispose(): Promise<void> {
    return this.place.dispose();
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
