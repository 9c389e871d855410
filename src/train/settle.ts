// Where nobody named a back end: a real step of the network is measured on each that may be fastest, and it moves there.

import { ChainruleError } from "../core/errors.ts";
import { leavesOf } from "../core/tree.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Device, Rival } from "../runtime/device.ts";
import { isDeviceTensor, type DeviceTensor } from "../runtime/device_tensor.ts";
import { createState, disposeState } from "./state.ts";
import type { Training } from "./step_program.ts";
import { measure, StepTrial } from "./step_trial.ts";

/** A device is left only for one that takes less than this share of its time: more may be noise. */
const CLEARLY = 0.8;

export interface Settled {
  /** The one that was given, or one with the same state on another device; then the given one is used up. */
  readonly training: Training;
  /** What was measured, in words; undefined where nothing was. */
  readonly reason: string | undefined;
}

/** The training where its steps are fastest. Throws what a step on its own device throws. */
export async function settle(training: Training, train: Dataset): Promise<Settled> {
  const home = await StepTrial.on(training.device, training.options, train);
  const trials = [home];
  let chosen = training;
  try {
    for (const rival of training.device.rivals ?? []) {
      const trial = home.flops <= rival.most && (await trialOn(rival, training, train));
      if (trial) trials.push(trial);
    }
    if (trials.length === 1) return { training, reason: undefined };
    await measure(trials);
    const best = trials.reduce((one, other) => (other.milliseconds < one.milliseconds ? other : one));
    if (best.milliseconds < CLEARLY * home.milliseconds) chosen = await moved(training, best.device);
    return { training: chosen, reason: `a step takes ${trials.map(timeOf).join(", ")}` };
  } finally {
    for (const trial of trials) {
      await trial.dispose();
      if (trial !== home && trial.device !== chosen.device) trial.device.dispose();
    }
  }
}

const timeOf = ({ device, milliseconds }: StepTrial): string =>
  milliseconds === Infinity
    ? `fails on ${device.backend}`
    : `${Number(milliseconds.toPrecision(2))} ms on ${device.backend}`;

/** Undefined where the rival is not there, or cannot run this network. */
async function trialOn(rival: Rival, { options }: Training, train: Dataset): Promise<StepTrial | undefined> {
  let device: Device | undefined;
  try {
    device = await rival.open();
    return await StepTrial.on(device, options, train);
  } catch (error) {
    device?.dispose();
    if (error instanceof ChainruleError) return undefined;
    throw error;
  }
}

/** The same state on another device; the given training where that cannot hold it. */
async function moved(training: Training, device: Device): Promise<Training> {
  const { options, state } = training;
  try {
    const there = createState(device, options);
    const leaves = leavesOf<DeviceTensor>(there, isDeviceTensor);
    for (const [i, { leaf }] of leavesOf<DeviceTensor>(state, isDeviceTensor).entries())
      leaves[i]?.leaf.write(await leaf.read());
    disposeState(state);
    return { device, options, state: there };
  } catch (error) {
    if (error instanceof ChainruleError) return training;
    throw error;
  }
}
