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

/** Puts one number an example together. */
export function reduceLoss(each: Tensor, { reduction = "mean" }: LossOptions): Tensor {
  if (reduction === "none") return each;
  if (reduction === "sum") return each.sum();
  if (reduction === "mean") return each.mean();
  throw new ValueError(`loss: reduction is "${String(reduction)}". Use mean, sum or none.`);
}

export function expectSameShape(name: string, prediction: Tensor, target: Tensor): void {
  if (!sameShape(prediction.shape, target.shape))
    throw new ShapeError(
      `${name}: the prediction is ${formatShape(prediction.shape)}, but the target is ${formatShape(target.shape)}. Give both one shape (labels as one-hot rows).`,
    );
}
