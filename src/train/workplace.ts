// Where a network trains: a device, what lies and was compiled there. A network on a device that nobody named moves once, at most.

import { dataset, type Dataset } from "../data/dataset.ts";
import type { Device } from "../runtime/device.ts";
import type { DeviceTensor } from "../runtime/device_tensor.ts";
import { feedsOf, type Feeds } from "./feeds.ts";
import { predictorsOf, type Predictors } from "./predictors.ts";
import type { Settings } from "./settings.ts";
import { createState, disposeState, tensorsOf } from "./state.ts";
import type { Training } from "./step_program.ts";

export interface Workplace {
  readonly training: Training;
  readonly feeds: Feeds;
  readonly predictors: Predictors;
  /** Why there, in words. */
  readonly reason: string;
  /** The network's state, piece by piece; on each device in one order. */
  readonly tensors: readonly DeviceTensor[];
  /** The same network, begun anew on a device. */
  another(device: Device): Workplace;
  /** Moves to where steps on a set are fastest; once, and only from a device that has rivals. */
  settle(train: Dataset): Promise<void>;
  /** Leaves alone the device that it began on: whoever opened it disposes of it. */
  dispose(): Promise<void>;
}

/** With fresh parameters. */
export function workplaceOn(device: Device, options: Settings): Workplace {
  const training: Training = { device, options, state: createState(device, options) };
  let here: Pick<Workplace, "training" | "feeds" | "predictors"> = {
    training,
    feeds: feedsOf(training),
    predictors: predictorsOf(training),
  };
  let { reason } = device;
  let settled: Promise<void> | undefined;

  const empty = async (): Promise<void> => {
    await here.feeds.dispose();
    await here.predictors.dispose();
    disposeState(here.training.state);
  };

  const move = async (train: Dataset): Promise<void> => {
    const trials = await import("./settle.ts");
    const best = await trials.settle(place, dataset(train));
    if (best.reason) reason = `${reason}; ${best.reason}`;
    if (best.place === place) return;
    await empty();
    here = best.place;
  };

  const place: Workplace = {
    get training() {
      return here.training;
    },
    get feeds() {
      return here.feeds;
    },
    get predictors() {
      return here.predictors;
    },
    get reason() {
      return reason;
    },
    get tensors() {
      return tensorsOf(here.training.state);
    },
    another: (other) => workplaceOn(other, options),
    async settle(train) {
      if (!device.rivals) return;
      settled ??= move(train);
      await settled.catch((error: unknown) => {
        settled = undefined;
        throw error;
      });
    },
    async dispose() {
      await empty();
      if (here.training.device !== device) here.training.device.dispose();
    },
  };
  return place;
}
