// Where a network trains: a device, what lies and was compiled there. A network on a device that nobody named moves once, at most.

import type { Dataset } from "../data/dataset.ts";
import type { Device } from "../runtime/device.ts";
import { Feeds } from "./feeds.ts";
import { Predictors } from "./predictors.ts";
import { disposeState } from "./state.ts";
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

  /** Moves to where steps on a set are fastest; once, and only from a device that has rivals. */
  async settle(train: Dataset): Promise<void> {
    if (!this.given.rivals) return;
    this.settled ??= this.move(train);
    try {
      await this.settled;
    } catch (error) {
      this.settled = undefined;
      throw error;
    }
  }

  async dispose(): Promise<void> {
    await this.empty();
    disposeState(this.training.state);
    if (this.training.device !== this.given) this.training.device.dispose();
  }

  private async move(train: Dataset): Promise<void> {
    const { settle } = await import("./settle.ts");
    const { training, reason } = await settle(this.training, train);
    if (reason) this.reason = `${this.reason}; ${reason}`;
    if (training === this.training) return;
    await this.empty();
    this.training = training;
    this.feeds = new Feeds(training);
    this.predictors = new Predictors(training);
  }

  private async empty(): Promise<void> {
    await this.feeds.dispose();
    await this.predictors.dispose();
  }
}
