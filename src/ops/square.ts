import { elementwise, type NoAttrs, type Primitive } from "./define.ts";

/** x². A primitive: it reads x once, and its gradient has one term. */
export const square: Primitive<NoAttrs> = elementwise({
  name: "square",
  scalar: (x) => x * x,
  wgsl: ([x]) => `${x} * ${x}`,
  vjp: ({ x, ct }, b) => [b.mul(ct, b.mul(x, b.constant(2)))],
});
