// What is trained: sizes, and the weights, examples and order that every contender gets.

import { hostTensor, Random, type Dataset, type HostTensor } from "chainrule";
import type { LayerOf } from "./layer.ts";

export interface Net {
  /** Units from inputs to outputs; every layer is affine, then sigmoid. */
  readonly sizes: readonly number[];
  /** True where a layer norm stands between the two in each hidden layer. */
  readonly norm?: boolean;
  readonly batchSize: number;
}

export type OptimizerName = "sgd" | "adam";

/** A net and how it is trained. */
export interface Training extends Net {
  readonly optimizer: OptimizerName;
}

/** The nets that a run measures unless it names others, with the optimizers that train each. */
export const nets: readonly (Net & { readonly optimizers: readonly OptimizerName[] })[] = [
  { sizes: [2, 8, 1], batchSize: 4, optimizers: ["sgd", "adam"] },
  { sizes: [64, 32, 10], batchSize: 32, optimizers: ["sgd", "adam"] },
  { sizes: [784, 128, 10], batchSize: 32, optimizers: ["sgd", "adam"] },
  { sizes: [784, 128, 10], batchSize: 256, optimizers: ["sgd", "adam"] },
  { sizes: [784, 128, 10], norm: true, batchSize: 256, optimizers: ["adam"] },
  { sizes: [784, 128, 10], batchSize: 2048, optimizers: ["sgd", "adam"] },
  { sizes: [784, 128, 10], batchSize: 8192, optimizers: ["sgd", "adam"] },
  { sizes: [256, 512, 512, 512, 10], batchSize: 64, optimizers: ["sgd", "adam"] },
  { sizes: [256, 512, 512, 512, 10], batchSize: 256, optimizers: ["sgd", "adam"] },
];

/** Those of a quick run, unless it names others. */
export const quickNets: readonly Net[] = nets.slice(0, 4);

export const learningRates: Readonly<Record<OptimizerName, number>> = { sgd: 0.5, adam: 0.001 };

/** Adam's decay rates and epsilon, as its paper has them. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Added to the variance in a layer norm. */
export const NORM_EPSILON = 1e-5;

/** Batches of the data set; the steps go round through them. */
const BATCHES = 4;

export type DenseWeights = LayerOf<HostTensor>;

/** One training problem, the same for every contender. */
export interface Problem extends Training {
  readonly layers: readonly DenseWeights[];
  /** x (N, inputs) in 0..1 and y (N, outputs) one-hot (0 or 1 for a single output), N = 4 batches. */
  readonly data: Dataset & { readonly x: HostTensor; readonly y: HostTensor };
  /** The rows of each batch, in a shuffled order. */
  readonly batches: readonly Uint32Array[];
}

export const nameOf = ({ sizes, norm, batchSize }: Net): string =>
  `${sizes.join("-")}${norm ? " with layer norm" : ""}, batch ${batchSize}`;

/** With the optimizer where it is not the usual one. */
export const titleOf = (training: Training): string =>
  nameOf(training) + (training.optimizer === "sgd" ? "" : `, ${training.optimizer}`);

export function problemOf(training: Training): Problem {
  const { sizes, norm = false, batchSize } = training;
  const random = new Random(1);
  const layers = sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i] ?? 0;
    const limit = Math.sqrt(6 / (inputs + outputs));
    return {
      weight: uniform(random, [inputs, outputs], -limit, limit),
      bias: uniform(random, [outputs], -0.1, 0.1),
      ...(norm &&
        i < sizes.length - 2 && {
          scale: uniform(random, [outputs], 0.5, 1.5),
          shift: uniform(random, [outputs], -0.1, 0.1),
        }),
    };
  });
  const count = BATCHES * batchSize;
  const classes = sizes.at(-1) ?? 1;
  const x = uniform(random, [count, sizes[0] ?? 0], 0, 1);
  const y = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) {
    if (classes === 1) y[row] = random.integer(2);
    else y[row * classes + random.integer(classes)] = 1;
  }
  const order = random.permutation(count);
  const batches = Array.from({ length: BATCHES }, (_, i) => order.slice(i * batchSize, (i + 1) * batchSize));
  return { ...training, layers, data: { x, y: hostTensor(y, [count, classes]) }, batches };
}

function uniform(random: Random, shape: readonly number[], from: number, to: number): HostTensor {
  const data = new Float32Array(shape.reduce((size, axis) => size * axis, 1));
  for (let i = 0; i < data.length; i++) data[i] = random.uniform(from, to);
  return hostTensor(data, shape);
}
