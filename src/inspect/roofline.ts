// The roofline (Williams, Waterman and Patterson 2009): what a device does at best, and which of it a kernel works under.

/** In 10⁹ a second. */
export interface Ceilings {
  /** FLOPs of a large f32 product, by this library's own kernel for it. */
  readonly gigaflopsPerSecond: number;
  /** Bytes of a large sum of two vectors, which reads two and writes one (McCalpin 1995: the add of STREAM). */
  readonly gigabytesPerSecond: number;
}

export interface Roof {
  /** The ceiling that the kernel works under: what alone would take the longer time at its best rate. */
  readonly bound: "compute" | "memory";
  /**
   * Its rate, of that ceiling's: 0…1, and more where a kernel does better than those that the ceilings were measured with.
   * A launch of little work is far below either.
   */
  readonly ofCeiling: number;
}

/** `milliseconds` is what FLOPs and bytes took together. */
export function roofOver(
  { gigaflopsPerSecond, gigabytesPerSecond }: Ceilings,
  { flops, bytes, milliseconds }: { flops: number; bytes: number; milliseconds: number },
): Roof {
  const compute = flops / gigaflopsPerSecond / 1e6;
  const memory = bytes / gigabytesPerSecond / 1e6;
  return {
    bound: compute > memory ? "compute" : "memory",
    ofCeiling: Math.max(compute, memory) / milliseconds,
  };
}
