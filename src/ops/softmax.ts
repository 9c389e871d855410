import type { Primitive } from "./define.ts";
import { rowOp, type AxisAttrs } from "./normalize.ts";

/** eˣ/Σeˣ along an axis. A primitive: safer (the maximum is subtracted) and one kernel instead of five. */
export const softmax: Primitive<AxisAttrs> = rowOp({
  name: "softmax",
  wgsl: (x, maximum, total) => `exp(${x} - ${maximum}) / ${total}`,
  // dx = y∘(ct − Σ ct∘y)
  vjp: ({ out: y, attrs, ct }, b) => [b.mul(y, b.sub(ct, b.sum(b.mul(ct, y), [attrs.axis], true)))],
});
