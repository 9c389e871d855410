// Numbers for the self-test and the parity suite: by seed, the same on every machine.

import { hostTensor, type HostTensor } from "../core/host_tensor.ts";
import { Random } from "../core/random.ts";
import { sizeOf, type Shape } from "../core/shape.ts";

export interface ProbeData {
  uniform(shape: Shape, low?: number, high?: number): HostTensor;
  /** From 0 to below − 1. */
  integers(shape: Shape, below: number, dtype: "u8" | "u32"): HostTensor;
}

/** Makers of tensors, each with the next numbers of one stream. */
export function probeData(seed: number): ProbeData {
  const random = new Random(seed);
  return {
    uniform: (shape, low = -1, high = 1) =>
      hostTensor(
        Float32Array.from({ length: sizeOf(shape) }, () => random.uniform(low, high)),
        shape,
      ),
    integers(shape, below, dtype) {
      const length = sizeOf(shape);
      const data = dtype === "u8" ? new Uint8Array(length) : new Uint32Array(length);
      return hostTensor(
        data.map(() => random.integer(below)),
        shape,
      );
    },
  };
}
