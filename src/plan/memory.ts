// Assigns every temporary to a buffer, once. Values that are alive at the same dispatch lie in different buffers, and a
// dispatch counts as the moment of both its reads and its writes; so no buffer is ever bound for reading and for writing
// in one dispatch, which WebGPU forbids even for ranges that are apart.

import { bytesFor } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import type { Value } from "../graph/op.ts";

/** A value and the dispatches at which it is made and last read. */
export interface Lifetime {
  readonly value: Value;
  readonly from: number;
  readonly to: number;
}

export interface Allocation {
  /** Value id → index in `sizes`. */
  readonly place: ReadonlyMap<number, number>;
  /** Bytes of each buffer. */
  readonly sizes: readonly number[];
}

/** Bytes of a value in a buffer of its own. */
export const byteLengthOf = ({ dtype, shape }: Value): number => bytesFor(dtype, sizeOf(shape));

/** Best fit in order of making: the smallest free buffer that is large enough, else the largest one, enlarged. */
export function allocateBuffers(lifetimes: readonly Lifetime[], share: boolean): Allocation {
  const place = new Map<number, number>();
  const buffers: { size: number; until: number }[] = [];
  for (const { value, from, to } of [...lifetimes].sort((p, q) => p.from - q.from)) {
    const size = byteLengthOf(value);
    const free = share ? buffers.filter(({ until }) => until < from).sort((p, q) => p.size - q.size) : [];
    const chosen = free.find((buffer) => buffer.size >= size) ?? free.at(-1);
    if (chosen) {
      chosen.size = Math.max(chosen.size, size);
      chosen.until = to;
      place.set(value.id, buffers.indexOf(chosen));
    } else {
      place.set(value.id, buffers.length);
      buffers.push({ size, until: to });
    }
  }
  return { place, sizes: buffers.map(({ size }) => size) };
}
