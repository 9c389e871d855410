// How much memory a contender holds on the device: the sizes of what it allocated and has not freed.

import type { Api } from "./api.ts";

/** An allocation counts for whoever's turn it is when it is made, and until it is freed, in whose turn ever. */
export class MemoryMeter {
  /** Bytes now, and the most they have been. */
  live = 0;
  peak = 0;

  add(bytes: number): void {
    this.live += bytes;
    this.peak = Math.max(this.peak, this.live);
  }

  remove(bytes: number): void {
    this.live -= bytes;
  }

  /** Makes it this meter's turn while `work` lasts; without an API there is nothing to watch. */
  async during<Value>(api: Api | undefined, work: () => Promise<Value>): Promise<Value> {
    const restore = api?.charge(this);
    try {
      return await work();
    } finally {
      restore?.();
    }
  }
}

const held = new WeakMap<object, { readonly meter: MemoryMeter; readonly bytes: number }>();

/** Notes that `thing` takes this many bytes from now on. */
export function hold(meter: MemoryMeter, thing: object, bytes: number): void {
  freed(thing);
  held.set(thing, { meter, bytes });
  meter.add(bytes);
}

/** Notes that `thing` takes none any more. */
export function freed(thing: object): void {
  const allocation = held.get(thing);
  allocation?.meter.remove(allocation.bytes);
  held.delete(thing);
}
