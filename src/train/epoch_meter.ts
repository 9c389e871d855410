// Adds up an epoch: each batch's loss counts by its rows.

import type { LoggedLoss } from "./loss_log.ts";
import type { Progress } from "./options.ts";

export class EpochMeter {
  private readonly epoch: number;
  private readonly total: number;
  private readonly firstStep: number;
  /** The size of each batch, in order. */
  private readonly rows: number[] = [];
  private readonly started = performance.now();
  private loss = 0;
  private samples = 0;

  /** `firstStep`: the number of the first batch's step. */
  constructor(epoch: number, total: number, firstStep: number) {
    this.epoch = epoch;
    this.total = total;
    this.firstStep = firstStep;
  }

  /** A batch was stepped on; its loss will arrive later. */
  stepped(rows: number): void {
    this.rows.push(rows);
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
