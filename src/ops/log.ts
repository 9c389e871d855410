import { elementwise, floats, type NoAttrs, type Primitive } from "./define.ts";

/** Natural logarithm. A primitive: it cannot be composed. */
export const log: Primitive<NoAttrs> = elementwise({
  name: "log",
  dtype: floats,
  scalar: (x) => Math.log(x),
  wgsl: ([x]) => `log(${x})`,
  vjp: ({ x, ct }, b) => [b.div(ct, x)],
});
