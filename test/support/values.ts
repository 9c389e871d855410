// Test data by seed: the same in every run and on every machine.

import { hostTensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import { sizeOf, type Shape } from "../../src/core/shape.ts";

/** Makes a tensor of a shape; `seed` tells the inputs of a case apart. */
export type Domain = (shape: Shape, seed: number) => HostTensor;

const fill =
  (draw: (random: Random) => number): Domain =>
  (shape, seed) => {
    const random = new Random(seed);
    return hostTensor(
      Float32Array.from({ length: sizeOf(shape) }, () => draw(random)),
      shape,
    );
  };

export const uniform = (low = -1, high = 1): Domain => fill((random) => random.uniform(low, high));

/** ± low…high: clear of a kink or a pole at 0. */
export const awayFromZero = (low = 0.1, high = 2): Domain =>
  fill((random) => random.uniform(low, high) * (random.bits() & 1 ? 1 : -1));

/** Numbers at least 1/16 apart, in random order: no ties, and no difference quotient across one. */
export const apart: Domain = (shape, seed) => {
  const random = new Random(seed);
  const size = sizeOf(shape);
  const order = Array.from({ length: size }, (_, i) => ({ i, key: random.bits() })).sort(
    (p, q) => p.key - q.key,
  );
  return hostTensor(
    Float32Array.from(order, ({ i }) => (i - size / 2) / 16),
    shape,
  );
};

/** Whole numbers from 0 to n − 1. */
export const indices =
  (n: number, dtype: "u32" | "i32" = "u32"): Domain =>
  (shape, seed) => {
    const random = new Random(seed);
    const draw = () => random.bits() % n;
    const size = { length: sizeOf(shape) };
    return hostTensor(dtype === "u32" ? Uint32Array.from(size, draw) : Int32Array.from(size, draw), shape);
  };

/** 0 and 1. */
export const bools: Domain = (shape, seed) => hostTensor(indices(2)(shape, seed).data, shape, "bool");
