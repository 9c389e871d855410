// Where nobody named a back end: a real step of the network is measured on each that may be fastest, and it moves there.

import { ChainruleError } from "../core/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Device, Rival } from "../runtime/device.ts";
import { measure, StepTrial } from "./step_trial.ts";
import type { Workplace } from "./workplace.ts";

/** A device is left only for one that takes less than this share of its time: more may be noise. */
const CLEARLY = 0.8;

export interface Settled {
  /** The one that was given, or one with the same state on another device. */
  readonly place: Workplace;
  /** What was measured, in words; undefined where nothing was. */
  readonly reason: string | undefined;
}

/** The place where steps on a checked set are fastest. Throws what a step on its own device throws. */
export async function settle(place: Workplace, train: Dataset): Promise<Settled> {
  const { device } = place.training;
  const home = await StepTrial.at(place.another(device), train);
  const trials = [home];
  let chosen = place;
  try {
    for (const rival of device.rivals ?? []) {
      const trial = home.flops <= rival.most && (await trialOn(rival, place, train));
      if (trial) trials.push(trial);
    }
    if (trials.length === 1) return { place, reason: undefined };
    await measure(trials);
    const best = trials.reduce((one, other) => (other.milliseconds < one.milliseconds ? other : one));
    if (best.milliseconds < CLEARLY * home.milliseconds) chosen = await moved(place, best.device);
    return { place: chosen, reason: `a step takes ${trials.map(timeOf).join(", ")}` };
  } finally {
    for (const trial of trials) {
      await trial.dispose();
      if (trial !== home && trial.device !== chosen.training.device) trial.device.dispose();
    }
  }
}

const timeOf = ({ device, milliseconds }: StepTrial): string =>
  milliseconds === Infinity
    ? `fails on ${device.backend}`
    : `${Number(milliseconds.toPrecision(2))} ms on ${device.backend}`;

/** Undefined where the rival is not there, or cannot run this network. */
async function trialOn(rival: Rival, place: Workplace, train: Dataset): Promise<StepTrial | undefined> {
  let device: Device | undefined;
  try {
    device = await rival.open();
    return await StepTrial.at(place.another(device), train);
  } catch (error) {
    device?.dispose();
    if (error instanceof ChainruleError) return undefined;
    throw error;
  }
}

/** The same state on another device; the given place where that cannot hold it. */
async function moved(place: Workplace, device: Device): Promise<Workplace> {
  try {
    const there = place.another(device);
    for (const [i, tensor] of place.tensors.entries()) there.tensors[i]?.write(await tensor.read());
    return there;
  } catch (error) {
    if (error instanceof ChainruleError) return place;
    throw error;
  }
}
