// What is trained: sizes, and the weights, examples and order that every contender gets.

import { hostTensor, Random, type Dataset, type HostTensor } from "chainrule";

export interface Net {
  /** Units from inputs to outputs; every layer is affine, then sigmoid. */
  readonly sizes: readonly number[];
  readonly batchSize: number;
}

export const nets: readonly Net[] = [
  { sizes: [64, 32, 10], batchSize: 32 },
  { sizes: [784, 128, 10], batchSize: 32 },
  { sizes: [784, 128, 10], batchSize: 256 },
];

export const LEARNING_RATE = 0.5;

/** Batches of the data set; the steps go round through them. */
const BATCHES = 4;

export interface DenseWeights {
  /** (inputs, outputs) */
  readonly weight: HostTensor;
  /** (outputs) */
  readonly bias: HostTensor;
}

/** One training problem, the same for every contender. */
export interface Problem extends Net {
  readonly layers: readonly DenseWeights[];
  /** x (N, inputs) in 0..1 and y (N, outputs) one-hot, N = 4 batches. */
  readonly data: Dataset & { readonly x: HostTensor; readonly y: HostTensor };
  /** The rows of each batch, in a shuffled order. */
  readonly batches: readonly Uint32Array[];
}

export const nameOf = ({ sizes, batchSize }: Net): string => `${sizes.join("-")}, batch ${batchSize}`;

export function problemOf(net: Net): Problem {
  const { sizes, batchSize } = net;
  const random = new Random(1);
  const layers = sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i] ?? 0;
    const limit = Math.sqrt(6 / (inputs + outputs));
    return {
      weight: uniform(random, [inputs, outputs], -limit, limit),
      bias: uniform(random, [outputs], -0.1, 0.1),
    };
  });
  const count = BATCHES * batchSize;
  const classes = sizes.at(-1) ?? 1;
  const x = uniform(random, [count, sizes[0] ?? 0], 0, 1);
  const y = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) y[row * classes + random.integer(classes)] = 1;
  const order = random.permutation(count);
  const batches = Array.from({ length: BATCHES }, (_, i) => order.slice(i * batchSize, (i + 1) * batchSize));
  return { ...net, layers, data: { x, y: hostTensor(y, [count, classes]) }, batches };
}

function uniform(random: Random, shape: readonly number[], from: number, to: number): HostTensor {
  const data = new Float32Array(shape.reduce((size, axis) => size * axis, 1));
  for (let i = 0; i < data.length; i++) data[i] = random.uniform(from, to);
  return hostTensor(data, shape);
}
