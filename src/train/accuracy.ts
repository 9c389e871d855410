import { ShapeError } from "../core/errors.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import type { Tensor } from "../trace/tensor.ts";

/** Below every output; no infinity, which WGSL need not compute with. */
const LOWEST = -3e38;

/**
 * A metric: the share of examples whose output for their class is larger than all others, so that a model which gives
 * all classes the same has none. Outputs are (…, classes), classes from 2 up; targets are one-hot rows alike, or class
 * numbers (…), i32 or u32. Throws ShapeError for others.
 */
export function accuracy(outputs: Tensor, target: Tensor): Tensor {
  const classes = outputs.shape.at(-1) ?? 1;
  const oneHot = target.dtype === "f32" ? target : target.oneHot(classes);
  if (classes < 2 || !sameShape(oneHot.shape, outputs.shape))
    throw new ShapeError(
      `accuracy: the outputs are ${formatShape(outputs.shape)}, the target ${formatShape(target.shape)}. ` +
        "Use (B, classes) of two classes or more, and (B, classes) or (B).",
    );
  const rival = oneHot.greater(0.5).where(LOWEST, outputs).max(-1, true);
  // Asked the other way round, so that it is no result to keep from above: each question is part of its reduction.
  const right = oneHot.lessEqual(0.5).where(0, outputs.greater(rival).cast("f32"));
  // One sum over everything: the mean over the examples is a factor.
  return right.sum().mul(classes / outputs.size);
}
