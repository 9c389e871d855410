import { at, elementwise, numeric, sumTo, type NoAttrs, type Primitive } from "./define.ts";

/** x · y, broadcast. A primitive: it cannot be composed. */
export const mul: Primitive<NoAttrs> = elementwise({
  name: "mul",
  dtype: numeric,
  scalar: (x, y) => x * y,
  wgsl: ([x, y]) => `${x} * ${y}`,
  vjp: ({ node, ct }, b) => {
    const x = at(node.inputs, 0);
    const y = at(node.inputs, 1);
    return [sumTo(b, b.mul(ct, y), x.shape), sumTo(b, b.mul(ct, x), y.shape)];
  },
});
