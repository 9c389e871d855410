import { elementwise, type NoAttrs, type Primitive } from "./define.ts";

/** max(x, 0), with gradient 0 at 0. A primitive: written so that a NaN is kept, where max(x, 0) hides it. */
export const relu: Primitive<NoAttrs> = elementwise({
  name: "relu",
  scalar: (x) => (x <= 0 ? 0 : x),
  wgsl: ([x]) => `select(${x}, 0.0, ${x} <= 0.0)`,
  vjp: ({ out, ct }, b) => {
    const zero = b.constant(0);
    return [b.where(b.compare(out, zero, "gt"), ct, zero)];
  },
});
