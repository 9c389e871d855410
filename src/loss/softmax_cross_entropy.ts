import type { Tensor } from "../trace/tensor.ts";
import { expectSameShape, reduceLoss, type LossOptions } from "./loss.ts";

/**
 * −log softmax(x) at the true class. Logits are (B, classes); the target is class numbers (B), i32 or u32, or
 * probabilities (B, classes), f32. Mean over the batch by default.
 */
export function softmaxCrossEntropy(logits: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const logProbabilities = logits.logSoftmax();
  if (target.dtype !== "f32") return reduceLoss(logProbabilities.pick(target).neg(), options);
  expectSameShape("softmaxCrossEntropy", logits, target);
  return reduceLoss(logProbabilities.mul(target).sum(-1).neg(), options);
}
