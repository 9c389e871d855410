import { elementwise, type NoAttrs, type Primitive } from "./define.ts";

/** |x|, with gradient 0 at 0. A primitive: one instruction. */
export const abs: Primitive<NoAttrs> = elementwise({
  name: "abs",
  scalar: (x) => Math.abs(x),
  vjp: ({ x, ct }, b) => {
    const zero = b.constant(0);
    return [b.where(b.compare(x, zero, "gt"), ct, b.where(b.compare(x, zero, "lt"), b.neg(ct), zero))];
  },
});
