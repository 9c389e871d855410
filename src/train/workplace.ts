// Where a network trains: a device, what lies and was compiled there. A network on a device that nobody named moves once, at most.

import { dataset, type Dataset } from "../data/dataset.ts";
import type { Device } from "../runtime/device.ts";
import type { DeviceTensor } from "../runtime/device_tensor.ts";
import { Feeds } from "./feeds.ts";
import { Predictors } from "./predictors.ts";
import type { Settings } from "./settings.ts";
import { createState, disposeState, tensorsOf } from "./state.ts";
import type { Training } from "./step_program.ts";

export class Workplace {
  training: Training;
  feeds: Feeds;
  predictors: Predictors;
  /** Why there, in words. */
  reason: string;
  /** The device that it began on: whoever opened it disposes of it. */
  private readonly given: Device;
  private settled: Promise<void> | undefined;

  constructor(training: Training) {
    this.training = training;
    this.feeds = new Feeds(training);
    this.predictors = new Predictors(training);
    this.given = training.device;
    this.reason = training.device.reason;
  }

  /** With fresh parameters. */
  static on(device: Device, options: Settings): Workplace {
    return new Workplace({ device, options, state: createState(device, options) });
  }

  /** The same network, begun anew on a device. */
  another(device: Device): Workplace {
    return Workplace.on(device, this.training.options);
  }

  /** The network's state, piece by piece; on each device in one order. */
  get tensors(): readonly DeviceTensor[] {
    return tensorsOf(this.training.state);
  }

  /** Moves to where steps on a set are fastest; once, and only from a device that has rivals. */
  async settle(train: Dataset): Promise<void> {
    if (!this.given.rivals) return;
    this.settled ??= this.move(train);
    await this.settled.catch((error: unknown) => {
      this.settled = undefined;
      throw error;
    });
  }

  async dispose(): Promise<void> {
    await this.empty();
    if (this.training.device !== this.given) this.training.device.dispose();
  }

  private async move(train: Dataset): Promise<void> {
    const trials = await import("./settle.ts");
    const { place, reason } = await trials.settle(this, dataset(train));
    if (reason) this.reason = `${this.reason}; ${reason}`;
    if (place === this) return;
    await this.empty();
    const { training, feeds, predictors } = place;
    Object.assign(this, { training, feeds, predictors });
  }

  private async empty(): Promise<void> {
    await this.feeds.dispose();
    await this.predictors.dispose();
    disposeState(this.training.state);
  }
}
