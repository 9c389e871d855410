// Along what a training step grows, and the nets at each point.

import type { Training } from "../nets.ts";

export interface Point {
  /** The batch size, the number of layers or the width. */
  readonly at: number;
  readonly training: Training;
  /** How much work its step is, in the axis's units. */
  readonly units: number;
}

export interface Axis {
  readonly name: string;
  /** What stays the same along it. */
  readonly of: string;
  /** What the cost is divided by: it should not grow with the axis. */
  readonly unit: string;
  /** From small to large. */
  readonly points: readonly Point[];
}

/** from, 2·from, … to. */
const doubling = (from: number, to: number): number[] => (from > to ? [] : [from, ...doubling(2 * from, to)]);

const BATCH = 64;
const WIDTH = 128;
const LAYERS = 2;

const square = (layers: number, width: number): Training => ({
  sizes: Array.from({ length: layers + 1 }, () => width),
  batchSize: BATCH,
  optimizer: "sgd",
});

/** A step has a product forward and two backward for each layer, but none for the gradient of the inputs. */
const productsOf = (layers: number): number => 3 * layers - 1;

export const axes: readonly Axis[] = [
  {
    name: "batch",
    of: "784-128-10",
    unit: "sample",
    points: doubling(32, 8192).map((batchSize) => ({
      at: batchSize,
      training: { sizes: [784, 128, 10], batchSize, optimizer: "sgd" },
      units: batchSize,
    })),
  },
  {
    name: "layers",
    of: `layers of ${WIDTH} units, batch ${BATCH}`,
    unit: "product",
    points: doubling(1, 16).map((layers) => ({
      at: layers,
      training: square(layers, WIDTH),
      units: productsOf(layers),
    })),
  },
  {
    name: "width",
    of: `${LAYERS} layers, batch ${BATCH}`,
    unit: "MFLOP",
    points: doubling(64, 2048).map((width) => ({
      at: width,
      training: square(LAYERS, width),
      units: (productsOf(LAYERS) * 2 * BATCH * width ** 2) / 1e6,
    })),
  },
];
