import type { Tensor } from "../trace/tensor.ts";
import { expectSameShape, reduceLoss, type LossOptions } from "./loss.ts";

/**
 * −t·log σ(x) − (1−t)·log(1−σ(x)) of logits x and targets t in 0…1, as max(x,0) − x·t + log(1+e^−|x|), which never
 * overflows. max(x,0) is written ½(x+|x|): its derivative at 0 is then ½, and the loss's is σ(0) − t.
 */
export function binaryCrossEntropy(logits: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  expectSameShape("binaryCrossEntropy", logits, target);
  const size = logits.abs();
  const each = logits.add(size).mul(0.5).sub(logits.mul(target)).add(size.neg().exp().add(1).log());
  return reduceLoss(each, options);
}
