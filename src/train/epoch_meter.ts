// Adds up an epoch: each batch's loss and metrics count by its rows.

import type { MetricValues, Progress } from "./options.ts";
import type { LoggedStep } from "./step_log.ts";

export class EpochMeter {
  private readonly epoch: number;
  private readonly total: number;
  private readonly firstStep: number;
  /** The size of each batch, in order. */
  private readonly rows: number[] = [];
  private readonly started = performance.now();
  private readonly metrics: readonly string[];
  /** Of the loss, then of the metrics. */
  private readonly sums: number[];
  private samples = 0;

  /** `firstStep`: the number of the first batch's step. */
  constructor(epoch: number, total: number, firstStep: number, metrics: readonly string[]) {
    this.epoch = epoch;
    this.total = total;
    this.firstStep = firstStep;
    this.metrics = metrics;
    this.sums = [0, ...metrics.map(() => 0)];
  }

  /** A batch was stepped on; its loss will arrive later. */
  stepped(rows: number): void {
    this.rows.push(rows);
  }

  add(steps: readonly LoggedStep[]): void {
    for (const { step, values } of steps) {
      const rows = this.rows[step - this.firstStep] ?? 0;
      values.forEach((value, i) => (this.sums[i] = (this.sums[i] ?? 0) + value * rows));
      this.samples += rows;
    }
  }

  get progress(): Progress {
    const seconds = (performance.now() - this.started) / 1000;
    const [loss = NaN, ...metrics] = this.sums.map((sum) => sum / this.samples);
    return {
      epoch: this.epoch,
      samples: this.samples,
      total: this.total,
      loss,
      metrics: namedValues(this.metrics, metrics),
      samplesPerSecond: this.samples / seconds,
    };
  }
}

export const namedValues = (names: readonly string[], values: readonly number[]): MetricValues =>
  Object.fromEntries(names.map((name, i) => [name, values[i] ?? NaN]));
