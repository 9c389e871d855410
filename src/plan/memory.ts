// Assigns every temporary to a buffer, once. Values that are alive at the same dispatch lie in different buffers, and a
// dispatch counts as the moment of both its reads and its writes; so no buffer is ever bound for reading and for writing
// in one dispatch, which WebGPU forbids even for ranges that are apart. The one exception is bound once, for both: a value
// written over one that is last read there, element by element.

import { bytesFor } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import type { Value } from "../graph/op.ts";

/** A value and the dispatches at which it is made and last read. */
export interface Lifetime {
  readonly value: Value;
  readonly from: number;
  readonly to: number;
  /** Values whose buffer it may take, if they lie in a temporary and are last read where it is made. */
  readonly over: readonly Value[];
}

export interface Allocation {
  /** Value id → index in `sizes`. */
  readonly place: ReadonlyMap<number, number>;
  /** Bytes of each buffer. */
  readonly sizes: readonly number[];
  /** Value id → the value that it is written over, as the kernel reads it. */
  readonly overwrites: ReadonlyMap<number, Value>;
}

/** Bytes of a value in a buffer of its own. */
export const byteLengthOf = ({ dtype, shape }: Value): number => bytesFor(dtype, sizeOf(shape));

interface Buffer {
  size: number;
  /** The value in it, and the last dispatch that reads it. */
  holds: number;
  until: number;
}

/**
 * Best fit in order of making: the smallest free buffer that is large enough, that of a value which dies just there
 * included, else the largest one, enlarged. `root` gives the value whose buffer an alias has.
 */
export function allocateBuffers(
  lifetimes: readonly Lifetime[],
  share: boolean,
  root: (value: Value) => Value,
): Allocation {
  const place = new Map<number, number>();
  const overwrites = new Map<number, Value>();
  const buffers: Buffer[] = [];
  for (const { value, from, to, over } of [...lifetimes].sort((p, q) => p.from - q.from)) {
    const size = byteLengthOf(value);
    const dies = (source: Value): Buffer | undefined => {
      const buffer = buffers[place.get(root(source).id) ?? -1];
      return buffer?.holds === root(source).id && buffer.until === from ? buffer : undefined;
    };
    const dying = new Map(over.flatMap((source) => [[dies(source), source] as const]));
    const free = buffers.filter((buffer) => buffer.until < from);
    // Sorting is stable: of equal ones, that of a dying value comes first.
    const usable = share ? [...dying.keys(), ...free].filter((buffer) => buffer !== undefined) : [];
    usable.sort((p, q) => p.size - q.size);
    const chosen = usable.find((buffer) => buffer.size >= size) ?? usable.at(-1);
    const source = chosen && dying.get(chosen);
    if (source) overwrites.set(value.id, source);
    if (chosen) {
      Object.assign(chosen, { size: Math.max(chosen.size, size), holds: value.id, until: to });
      place.set(value.id, buffers.indexOf(chosen));
    } else {
      place.set(value.id, buffers.length);
      buffers.push({ size, holds: value.id, until: to });
    }
  }
  return { place, sizes: buffers.map(({ size }) => size), overwrites };
}
