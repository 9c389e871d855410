import { elementwise, numeric, sumTo, type NoAttrs, type Primitive } from "./define.ts";

/** x − y, broadcast. A primitive: one kernel instead of two, and thresholds are subtracted in the textbook. */
export const sub: Primitive<NoAttrs> = elementwise({
  name: "sub",
  dtype: numeric,
  scalar: (x, y) => x - y,
  wgsl: ([x, y]) => `${x} - ${y}`,
  // Summed first and negated after: the smaller tensor is negated.
  vjp: ({ x, y, ct }, b) => [sumTo(b, ct, x.shape), b.neg(sumTo(b, ct, y.shape))],
});
