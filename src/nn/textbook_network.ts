import { ValueError } from "../core/errors.ts";
import { formatShape } from "../core/shape.ts";
import { sigmoid } from "./activations.ts";
import { dense } from "./dense.ts";
import type { Layer } from "./layer.ts";
import { sequential } from "./sequential.ts";

/**
 * The textbook's network of sigmoid units with thresholds, y = σ(x·W − θ): sizes d, q, …, l from inputs to outputs.
 * Train it with `loss.halfSquaredError` and `optim.sgd` to get the chapter's rules. Throws ValueError for fewer than two
 * sizes, or one that is not a positive integer.
 */
export function textbookNetwork(...sizes: readonly number[]): Layer {
  if (sizes.length < 2)
    throw new ValueError(
      `textbookNetwork: the sizes are ${formatShape(sizes)}. Give at least two: inputs and outputs.`,
    );
  return sequential(
    ...sizes
      .slice(1)
      .flatMap((outputs, i) => [dense(sizes[i] ?? 0, outputs, { offset: "threshold" }), sigmoid()]),
  );
}
