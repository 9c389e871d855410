import { sigmoid } from "./activations.ts";
import { dense } from "./dense.ts";
import type { Layer } from "./layer.ts";
import { sequential } from "./sequential.ts";

/**
 * The textbook's network of sigmoid units with thresholds, y = σ(x·W − θ): sizes d, q, …, l from inputs to outputs.
 * Train it with `loss.halfSquaredError` and `optim.sgd` to get the chapter's rules.
 */
export const textbookNetwork = (...sizes: readonly number[]): Layer =>
  sequential(
    ...sizes
      .slice(1)
      .flatMap((outputs, i) => [dense(sizes[i] ?? 0, outputs, { offset: "threshold" }), sigmoid()]),
  );
