import type { Tensor } from "../trace/tensor.ts";
import { expectSameShape, reduceLoss, type LossOptions } from "./loss.ts";

/** (ŷ − y)², its mean over all elements by default. Prediction and target have one shape. */
export function meanSquaredError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  expectSameShape("meanSquaredError", prediction, target);
  return reduceLoss(prediction.sub(target).square(), options);
}
