// What losses share: a function of prediction and target to a scalar, and how examples are put together.

import { ShapeError, ValueError } from "../core/errors.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import type { Tensor } from "../trace/tensor.ts";

/** (prediction, target) → scalar. Any function of this type is a loss. */
export type Loss = (prediction: Tensor, target: Tensor) => Tensor;

export interface LossOptions {
  /** Over the batch: its mean (the default), its sum, or one number an example. */
  readonly reduction?: "mean" | "sum" | "none";
}

/** Puts one number an example together. Throws ValueError for a reduction that is none of the three. */
export function reduceLoss(each: Tensor, options: LossOptions): Tensor {
  const reduction = reductionOf(options);
  if (reduction === "none") return each;
  return reduction === "sum" ? each.sum() : each.mean();
}

export function reductionOf({ reduction = "mean" }: LossOptions): "mean" | "sum" | "none" {
  if (["mean", "sum", "none"].includes(reduction)) return reduction;
  throw new ValueError(`loss: reduction is "${String(reduction)}". Use mean, sum or none.`);
}

export function expectSameShape(name: string, prediction: Tensor, target: Tensor): void {
  if (!sameShape(prediction.shape, target.shape))
    throw new ShapeError(
      `${name}: the prediction is ${formatShape(prediction.shape)}, but the target is ${formatShape(target.shape)}. Give both one shape (labels as one-hot rows).`,
    );
}
