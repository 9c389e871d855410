import { elementwise, numeric, sumTo, type NoAttrs, type Primitive } from "./define.ts";

/** x · y, broadcast. A primitive: it cannot be composed. */
export const mul: Primitive<NoAttrs> = elementwise({
  name: "mul",
  dtype: numeric,
  scalar: (x, y) => x * y,
  wgsl: ([x, y]) => `${x} * ${y}`,
  vjp: ({ x, y, ct }, b) => [sumTo(b, b.mul(ct, y), x.shape), sumTo(b, b.mul(ct, x), y.shape)],
});
