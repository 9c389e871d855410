import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { formatShape } from "../core/shape.ts";
import type { Tensor } from "../trace/tensor.ts";
import { isTensor } from "../trace/trace.ts";
import type { TrainerOptions } from "./options.ts";

/** Throws ShapeError or DTypeError, naming the metric, where one is no f32 scalar. */
export function metricsOf(
  metrics: TrainerOptions["metrics"] = {},
  prediction: Tensor,
  target: () => Tensor,
): readonly Tensor[] {
  return Object.entries(metrics).map(([name, metric]) => {
    const value = metric(prediction, target());
    if (!isTensor(value)) throw new ValueError(`metric ${name}: it is ${String(value)}. Return a tensor.`);
    if (value.rank) throw new ShapeError(`metric ${name}: it is ${formatShape(value.shape)}. Take its mean.`);
    if (value.dtype !== "f32") throw new DTypeError(`metric ${name}: it is ${value.dtype}. Cast it to f32.`);
    return value;
  });
}
