// Small networks and sets for the tests of training.

import { hostTensor } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { halfSquaredError } from "../../src/loss/index.ts";
import { dense, sequential, sigmoid } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import type { Device } from "../../src/runtime/device.ts";
import type { EpochReport, TrainerOptions } from "../../src/train/options.ts";
import { createTrainer, type Trainer } from "../../src/train/trainer.ts";

/** `layers` dense sigmoid layers, 5 inputs, 4 hidden units each, 3 outputs. */
export const network = (layers: number) =>
  sequential(
    ...Array.from({ length: layers }, (_, i) => [
      dense(i === 0 ? 5 : 4, i === layers - 1 ? 3 : 4),
      sigmoid(),
    ]).flat(),
  );

/** `count` random examples of 5 numbers, each of one of three classes: where the largest of its first three is. */
export function examples(count: number, seed = 3): Dataset {
  const random = new Random(seed);
  const x = Float32Array.from({ length: count * 5 }, () => random.uniform());
  const labels = Int32Array.from({ length: count }, (_, row) => {
    const three = Array.from(x.subarray(row * 5, row * 5 + 3));
    return three.indexOf(Math.max(...three));
  });
  const y = new Float32Array(count * 3);
  labels.forEach((label, row) => (y[row * 3 + label] = 1));
  return {
    x: hostTensor(x, [count, 5]),
    y: hostTensor(y, [count, 3]),
    labels: hostTensor(labels, [count]),
    classes: 3,
  };
}

interface Choice extends Partial<TrainerOptions> {
  readonly layers?: number;
  readonly momentum?: number;
  readonly learningRate?: number;
}

export const trainerOf = (
  device: Device,
  { layers = 2, momentum = 0, learningRate = 1, ...options }: Choice = {},
): Promise<Trainer> =>
  createTrainer(device, {
    model: network(layers),
    loss: halfSquaredError,
    optimizer: sgd({ learningRate, momentum }),
    batchSize: 8,
    seed: 7,
    ...options,
  });

/** All reports of a fit. */
export async function reportsOf(fit: AsyncIterable<EpochReport>): Promise<EpochReport[]> {
  const reports: EpochReport[] = [];
  for await (const report of fit) reports.push(report);
  return reports;
}

/** The only report of a fit of one epoch. */
export async function onlyReport(fit: AsyncIterable<EpochReport>): Promise<EpochReport> {
  const [report, ...more] = await reportsOf(fit);
  if (!report || more.length) throw new Error("the fit has not one epoch");
  return report;
}
