import { elementwise, type NoAttrs, type Primitive } from "./define.ts";

/** √x. A primitive: Adam needs it, and exp(½ log x) is neither exact nor defined at 0. */
export const sqrt: Primitive<NoAttrs> = elementwise({
  name: "sqrt",
  scalar: (x) => Math.sqrt(x),
  vjp: ({ out, ct }, b) => [b.div(ct, b.mul(out, b.constant(2)))],
});
