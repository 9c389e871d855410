import { elementwise, numeric, sumTo, type NoAttrs, type Primitive } from "./define.ts";

/** x + y, broadcast. A primitive: it cannot be composed. */
export const add: Primitive<NoAttrs> = elementwise({
  name: "add",
  dtype: numeric,
  scalar: (x, y) => x + y,
  wgsl: ([x, y]) => `${x} + ${y}`,
  vjp: ({ x, y, ct }, b) => [sumTo(b, ct, x.shape), sumTo(b, ct, y.shape)],
});
