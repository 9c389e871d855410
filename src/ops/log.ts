import { elementwise, type NoAttrs, type Primitive } from "./define.ts";

/** Natural logarithm. A primitive: it cannot be composed. */
export const log: Primitive<NoAttrs> = elementwise({
  name: "log",
  scalar: (x) => Math.log(x),
  vjp: ({ x, ct }, b) => [b.div(ct, x)],
});
