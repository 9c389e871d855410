import { at, elementwise, floats, type NoAttrs, type Primitive } from "./define.ts";

/** eˣ. A primitive: it cannot be composed. */
export const exp: Primitive<NoAttrs> = elementwise({
  name: "exp",
  dtype: floats,
  scalar: (x) => Math.exp(x),
  wgsl: ([x]) => `exp(${x})`,
  vjp: ({ node, ct }, b) => [b.mul(ct, at(node.outputs, 0))],
});
