import type { Primitive } from "./define.ts";
import { rowOp, type AxisAttrs } from "./normalize.ts";

/** x − log Σeˣ along an axis. A primitive: the logarithm of softmax would be −∞ where softmax underflows. */
export const logSoftmax: Primitive<AxisAttrs> = rowOp({
  name: "logSoftmax",
  wgsl: (x, maximum, total) => `${x} - ${maximum} - log(${total})`,
  // dx = ct − softmax(x)·Σ ct
  vjp: ({ out: y, attrs, ct }, b) => [b.sub(ct, b.mul(b.exp(y), b.sum(ct, [attrs.axis], true)))],
});
