import { elementwise, type NoAttrs, type Primitive } from "./define.ts";

/** max(x, 0), with gradient 0 at 0. A primitive: a NaN is kept, where max(x, 0) hides it. */
export const relu: Primitive<NoAttrs> = elementwise({
  name: "relu",
  scalar: (x) => (x <= 0 ? 0 : x),
  // By its bits, from −0 to −∞: a compiler may make max of a comparison (NVIDIA 580.159 does).
  wgsl: ([x]) => `select(${x}, 0.0, bitcast<u32>(${x}) - 0x80000000u <= 0x7f800000u)`,
  vjp: ({ out, ct }, b) => {
    const zero = b.constant(0);
    return [b.where(b.compare(out, zero, "gt"), ct, zero)];
  },
});
