// What a trainer is told, and what it tells.

import type { Dataset } from "../data/dataset.ts";
import type { Loss } from "../loss/index.ts";
import type { Layer } from "../nn/index.ts";
import type { Optimizer } from "../optim/index.ts";
import type { Tensor } from "../trace/tensor.ts";

/** (prediction, target) → scalar f32, a mean over the batch. */
export type Metric = (prediction: Tensor, target: Tensor) => Tensor;
/** By the names of metrics. */
export type MetricValues = Readonly<Record<string, number>>;

export interface TrainerOptions {
  readonly model: Layer;
  /** The mean over the batch of some error, so that a batch's gradient does not grow with its size. */
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly batchSize: number;
  /** Decides the first parameters and the order of examples. */
  readonly seed?: number;
  /** Computed in the step itself, and read with its loss: `{ accuracy }`, say. None by default. */
  readonly metrics?: Readonly<Record<string, Metric>>;
  /** The most that the norm of all gradients together may be; longer ones are shortened to it. Default Infinity. */
  readonly clipNorm?: number;
  /**
   * Batches that make one update, as if they were one of all their examples; the last of an epoch may be fewer. Default
   * 1. Memory is that of one batch, and of a sum for each parameter.
   */
  readonly accumulate?: number;
}

export interface Progress {
  /** Counted from 1. */
  readonly epoch: number;
  /** Examples seen in this epoch, of how many: Infinity where a stream does not say. */
  readonly samples: number;
  readonly total: number;
  /** The mean over those examples. */
  readonly loss: number;
  readonly metrics: MetricValues;
  readonly samplesPerSecond: number;
}

export interface FitOptions {
  readonly epochs: number;
  /** Evaluated after each epoch. */
  readonly validation?: Dataset;
  readonly onProgress?: (progress: Progress) => void;
}

export interface EpochReport {
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean over the epoch's examples, each before its update. */
  readonly loss: number;
  readonly metrics: MetricValues;
  /** Of the validation set, where there is one. */
  readonly validationLoss: number | undefined;
  readonly validationMetrics: MetricValues | undefined;
  readonly accuracy: number | undefined;
  readonly samplesPerSecond: number;
}
