import { at, elementwise, floats, sumTo, type NoAttrs, type Primitive } from "./define.ts";

/** x / y, broadcast. A primitive: it cannot be composed. WGSL allows 2.5 ULP of error. */
export const div: Primitive<NoAttrs> = elementwise({
  name: "div",
  dtype: floats,
  scalar: (x, y) => x / y,
  wgsl: ([x, y]) => `${x} / ${y}`,
  // d(x/y) = dx/y − (x/y)·dy/y
  vjp: ({ node, ct }, b) => {
    const x = at(node.inputs, 0);
    const y = at(node.inputs, 1);
    const dx = b.div(ct, y);
    return [sumTo(b, dx, x.shape), b.neg(sumTo(b, b.mul(dx, at(node.outputs, 0)), y.shape))];
  },
});
