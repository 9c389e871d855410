// Seeded, counter-based random numbers: element i of a stream is a pure function of (seed, stream, i), so the order of
// drawing does not matter and any device can compute the same bits.

import { ValueError } from "./errors.ts";

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

const rotateLeft = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** Threefry-2x32, 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const keys = [key0 | 0, key1 | 0, key0 ^ key1 ^ 0x1bd11bda] as const;
  let x = (counter0 + keys[0]) | 0;
  let y = (counter1 + keys[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (const by of ROTATIONS[(group % 2) as 0 | 1]) {
      x = (x + y) | 0;
      y = rotateLeft(y, by) ^ x;
    }
    x = (x + (keys[((group + 1) % 3) as 0 | 1 | 2] ?? 0)) | 0;
    y = (y + (keys[((group + 2) % 3) as 0 | 1 | 2] ?? 0) + group + 1) | 0;
  }
  return [x >>> 0, y >>> 0];
}

/** One stream of random numbers. Streams of one seed are independent. */
export class Random {
  private readonly seed: number;
  private readonly stream: number;
  private counter = 0;

  /** `seed` and `stream` are integers from 0 to 2^32 − 1. Throws ValueError otherwise. */
  constructor(seed: number, stream = 0) {
    for (const [name, value] of [
      ["seed", seed],
      ["stream", stream],
    ] as const)
      if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32)
        throw new ValueError(`random: ${name} is ${value}. Use an integer from 0 to 4294967295.`);
    this.seed = seed;
    this.stream = stream;
  }

  /** 32 random bits. */
  bits(): number {
    return threefry(this.seed, this.stream, this.counter++, 0)[0];
  }

  /** Uniform in [low, high), on a grid of 2^24 points, so exact in f32 for [0, 1). */
  uniform(low = 0, high = 1): number {
    return low + (this.bits() >>> 8) * 2 ** -24 * (high - low);
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Integer in [0, below), without bias to speak of for below ≪ 2^32. */
  integer(below: number): number {
    return Math.floor((this.bits() / 2 ** 32) * below);
  }

  /** The numbers 0 … n−1 in random order (Fisher and Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = held;
    }
    return order;
  }
}
