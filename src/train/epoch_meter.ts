// Adds up an epoch: each batch's loss counts by its rows.

import type { LoggedLoss } from "./loss_log.ts";
import type { Progress } from "./options.ts";

export class EpochMeter {
  private readonly epoch: number;
  private readonly rows: readonly number[];
  private readonly firstStep: number;
  private readonly total: number;
  private readonly started = performance.now();
  private loss = 0;
  private samples = 0;

  /** `rows`: the size of each batch, in order; `firstStep`: the number of the first one's step. */
  constructor(epoch: number, rows: readonly number[], firstStep: number) {
    this.epoch = epoch;
    this.rows = rows;
    this.firstStep = firstStep;
    this.total = rows.reduce((sum, count) => sum + count, 0);
  }

  add(losses: readonly LoggedLoss[]): void {
    for (const { step, loss } of losses) {
      const rows = this.rows[step - this.firstStep] ?? 0;
      this.loss += loss * rows;
      this.samples += rows;
    }
  }

  get progress(): Progress {
    const seconds = (performance.now() - this.started) / 1000;
    return {
      epoch: this.epoch,
      samples: this.samples,
      total: this.total,
      loss: this.loss / this.samples,
      samplesPerSecond: this.samples / seconds,
    };
  }
}
