import { elementwise, type NoAttrs, type Primitive } from "./define.ts";

/** eˣ. A primitive: it cannot be composed. */
export const exp: Primitive<NoAttrs> = elementwise({
  name: "exp",
  scalar: (x) => Math.exp(x),
  vjp: ({ out, ct }, b) => [b.mul(ct, out)],
});
