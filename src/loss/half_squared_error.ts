import { ShapeError } from "../core/errors.ts";
import { formatShape } from "../core/shape.ts";
import type { Tensor } from "../trace/tensor.ts";
import { expectSameShape, reductionOf, type LossOptions } from "./loss.ts";

/**
 * E = ½ Σ_j (ŷ_j − y_j)² for each example (textbook, equation 2), and its mean over the batch; `reduction: "sum"` is the
 * textbook's sum. Prediction and target are (B, outputs).
 */
export function halfSquaredError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  expectSameShape("halfSquaredError", prediction, target);
  const reduction = reductionOf(options);
  const squares = prediction.sub(target).square();
  if (reduction === "none") return squares.sum(outputAxes(prediction)).mul(0.5);
  // One sum over everything: the batch's mean is a factor.
  const [batch = 1] = prediction.shape;
  if (batch === 0 && reduction === "mean")
    throw new ShapeError(
      `halfSquaredError: the prediction is ${formatShape(prediction.shape)}, and no examples have no mean. Give it a batch.`,
    );
  return squares.sum().mul(reduction === "sum" ? 0.5 : 0.5 / batch);
}

const outputAxes = ({ shape }: Tensor): number[] => shape.map((_, axis) => axis).slice(1);
