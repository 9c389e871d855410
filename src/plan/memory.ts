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

/** Values that are written one over the other: what needs a buffer, for how long. */
interface Chain {
  readonly values: Value[];
  readonly size: number;
  readonly from: number;
  to: number;
}

interface Buffer {
  readonly size: number;
  readonly chains: Chain[];
}

/** Largest first; of equal ones in the order of making, or the longest first. */
const orders: readonly ((p: Chain, q: Chain) => number)[] = [
  (p, q) => q.size - p.size,
  (p, q) => q.size - p.size || q.to - q.from - (p.to - p.from) || p.from - q.from,
];

/**
 * Each value, or each chain of values that are written one over the other, goes into the smallest buffer that is free
 * while it lives, the largest first: "greedy by size for shared objects" (Pisarchyk and Lee 2020, "Efficient memory
 * management for deep neural net inference", section 5), in the better of two orders. `root` gives the value whose buffer
 * an alias has.
 */
export function allocateBuffers(
  lifetimes: readonly Lifetime[],
  share: boolean,
  root: (value: Value) => Value,
): Allocation {
  const overwrites = new Map<number, Value>();
  const chains = chainsOf(lifetimes, share, root, overwrites);
  const total = (buffers: readonly Buffer[]): number => buffers.reduce((sum, { size }) => sum + size, 0);
  const [best = []] = (share ? orders : [])
    .map((order) => pack([...chains].sort(order)))
    .sort((p, q) => total(p) - total(q));
  const buffers = share ? best : chains.map((chain) => ({ size: chain.size, chains: [chain] }));
  const firstUse = ({ chains }: Buffer): number => Math.min(...chains.map(({ from }) => from));
  buffers.sort((p, q) => firstUse(p) - firstUse(q));
  const place = new Map<number, number>();
  for (const [i, { chains }] of buffers.entries())
    for (const { values } of chains) for (const { id } of values) place.set(id, i);
  return { place, sizes: buffers.map(({ size }) => size), overwrites };
}

/** Of the smallest buffers that are free, the one that is free the shortest before or after. */
function pack(chains: readonly Chain[]): Buffer[] {
  const buffers: Buffer[] = [];
  for (const chain of chains) {
    const distance = ({ from, to }: Chain): number => Math.max(chain.from - to, from - chain.to);
    const gap = (buffer: Buffer): number => Math.min(...buffer.chains.map(distance));
    const [chosen] = buffers
      .filter((buffer) => gap(buffer) > 0)
      .sort((p, q) => p.size - q.size || gap(p) - gap(q));
    if (chosen) chosen.chains.push(chain);
    else buffers.push({ size: chain.size, chains: [chain] });
  }
  return buffers;
}

/** Joins each value to one that dies where it is made and that it may overwrite. */
function chainsOf(
  lifetimes: readonly Lifetime[],
  share: boolean,
  root: (value: Value) => Value,
  overwrites: Map<number, Value>,
): Chain[] {
  const chains: Chain[] = [];
  const chainOf = new Map<number, Chain>();
  for (const { value, from, to, over } of [...lifetimes].sort((p, q) => p.from - q.from)) {
    const dies = (source: Value): boolean => {
      const chain = chainOf.get(root(source).id);
      return chain?.values.at(-1)?.id === root(source).id && chain.to === from;
    };
    const source = share ? over.find(dies) : undefined;
    const known = source && chainOf.get(root(source).id);
    const chain = known ?? { values: [], size: byteLengthOf(value), from, to };
    if (source) overwrites.set(value.id, source);
    else chains.push(chain);
    chain.values.push(value);
    chain.to = to;
    chainOf.set(value.id, chain);
  }
  return chains;
}
