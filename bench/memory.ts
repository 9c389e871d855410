// How much memory a contender holds on the device: the sizes of the buffers that it made and has not destroyed.

import { replaceMethod } from "./hook.ts";

/** A buffer counts for whoever's turn it is when it is made, and until it is destroyed, in whose turn ever. */
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

  /** Makes it this meter's turn while `work` lasts. */
  async during<Value>(work: () => Promise<Value>): Promise<Value> {
    const restore = charge(this);
    try {
      return await work();
    } finally {
      restore();
    }
  }
}

interface Sized {
  readonly size: number;
}

const owners = new WeakMap<object, MemoryMeter>();

function charge(meter: MemoryMeter): () => void {
  const unhook = replaceMethod(GPUDevice.prototype, "createBuffer", (method) => {
    return function (...args) {
      const buffer = method.apply(this, args) as Sized & object;
      owners.set(buffer, meter);
      meter.add(buffer.size);
      return buffer;
    };
  });
  watchDestroy();
  return unhook;
}

let watched: object | undefined;

/** Once for each class, and for good: a buffer may be destroyed at any time. */
function watchDestroy(): void {
  if (watched === GPUBuffer.prototype) return;
  watched = GPUBuffer.prototype;
  replaceMethod(GPUBuffer.prototype, "destroy", (method) => {
    return function (...args) {
      const buffer = this as Sized & object;
      owners.get(buffer)?.remove(buffer.size);
      owners.delete(buffer);
      return method.apply(this, args);
    };
  });
}
