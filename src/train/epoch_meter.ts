// Adds up an epoch: each batch's loss and metrics count by its rows.

import type { MetricValues, Progress } from "./options.ts";
import type { LoggedStep } from "./step_log.ts";

export interface EpochMeter {
  /** A batch was stepped on; its loss will arrive later. */
  stepped(rows: number): void;
  add(steps: readonly LoggedStep[]): void;
  readonly progress: Progress;
}

/** `firstStep`: the number of the first batch's step. */
export function epochMeter(
  epoch: number,
  total: number,
  firstStep: number,
  names: readonly string[],
): EpochMeter {
  const started = performance.now();
  /** The size of each batch, in order. */
  const sizes: number[] = [];
  /** Of the loss, then of the metrics. */
  const sums = [0, ...names.map(() => 0)];
  let samples = 0;
  return {
    stepped: (rows) => void sizes.push(rows),
    add(steps) {
      for (const { step, values } of steps) {
        const rows = sizes[step - firstStep] ?? 0;
        values.forEach((value, i) => (sums[i] = (sums[i] ?? 0) + value * rows));
        samples += rows;
      }
    },
    get progress() {
      const seconds = (performance.now() - started) / 1000;
      const [loss = NaN, ...metrics] = sums.map((sum) => sum / samples);
      return {
        epoch,
        samples,
        total,
        loss,
        metrics: namedValues(names, metrics),
        samplesPerSecond: samples / seconds,
      };
    },
  };
}

export const namedValues = (names: readonly string[], values: readonly number[]): MetricValues =>
  Object.fromEntries(names.map((name, i) => [name, values[i] ?? NaN]));
