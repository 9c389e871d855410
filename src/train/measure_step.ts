// How long a step takes on a device, for those who want to compare.

import { dataset, type Dataset } from "../data/dataset.ts";
import type { Device } from "../runtime/device.ts";
import type { TrainerOptions } from "./options.ts";
import { settingsOf } from "./settings.ts";
import { measure, StepTrial } from "./step_trial.ts";
import { workplaceOn } from "./workplace.ts";

/**
 * Milliseconds that a training step of a network takes on a device, with the first batch of a set: the fastest of some
 * rounds, compilation not counted. It takes about 0.1 s more than that. Throws what `createTrainer` and `dataset` throw.
 */
export async function measureStep(device: Device, options: TrainerOptions, train: Dataset): Promise<number> {
  const trial = await StepTrial.at(workplaceOn(device, settingsOf(options)), dataset(train));
  try {
    await measure([trial]);
    return trial.milliseconds;
  } finally {
    await trial.dispose();
  }
}
