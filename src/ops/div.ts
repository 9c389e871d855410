import { elementwise, sumTo, type NoAttrs, type Primitive } from "./define.ts";

/** x / y, broadcast. A primitive: it cannot be composed. WGSL allows 2.5 ULP of error. */
export const div: Primitive<NoAttrs> = elementwise({
  name: "div",
  scalar: (x, y) => x / y,
  wgsl: ([x, y]) => `${x} / ${y}`,
  // d(x/y) = dx/y − (x/y)·dy/y
  vjp: ({ x, y, out, ct }, b) => {
    const dx = b.div(ct, y);
    return [sumTo(b, dx, x.shape), b.neg(sumTo(b, b.mul(dx, out), y.shape))];
  },
});
