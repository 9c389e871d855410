import { elementwise, numeric, type NoAttrs, type Primitive } from "./define.ts";

/** −x. A primitive: 0 − x has another sign of zero. */
export const neg: Primitive<NoAttrs> = elementwise({
  name: "neg",
  dtype: numeric,
  scalar: (x) => -x,
  wgsl: ([x]) => `-${x}`,
  vjp: ({ ct }, b) => [b.neg(ct)],
});
