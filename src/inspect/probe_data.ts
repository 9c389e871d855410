// Numbers for the self-test and the parity suite: by seed, the same on every machine.

import { hostTensor, type HostTensor } from "../core/host_tensor.ts";
import { Random } from "../core/random.ts";
import { sizeOf, type Shape } from "../core/shape.ts";

const random = new Random(18);

export const uniform = (shape: Shape, low = -1, high = 1): HostTensor =>
  hostTensor(
    Float32Array.from({ length: sizeOf(shape) }, () => random.uniform(low, high)),
    shape,
  );

/** From 0 to below − 1. */
export function integers(shape: Shape, below: number, dtype: "u8" | "u32"): HostTensor {
  const length = sizeOf(shape);
  const data = dtype === "u8" ? new Uint8Array(length) : new Uint32Array(length);
  return hostTensor(
    data.map(() => random.integer(below)),
    shape,
  );
}
