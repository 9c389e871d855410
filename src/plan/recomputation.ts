// What checkpoints trade: the plan beside that of the same step with every activation kept.

import { flopsOf } from "./flops.ts";
import type { Plan } from "./plan.ts";

export interface Recomputation {
  /** The dispatches that compute something once more, by number. */
  readonly dispatches: readonly number[];
  /** How many bytes fewer the temporaries take. */
  readonly bytesSaved: number;
  /** How many floating-point operations more a run takes, products and sums counted singly. */
  readonly flopsAdded: number;
}

/** `kept`: the same step's plan without checkpoints. */
export function recomputation(plan: Plan, kept: Plan): Recomputation {
  const isAgain = ({ node }: Plan["dispatches"][number]): boolean =>
    (node.body ?? [node]).some(({ phase }) => phase === "recompute");
  return {
    dispatches: plan.dispatches.flatMap((dispatch, i) => (isAgain(dispatch) ? [i] : [])),
    bytesSaved: kept.memory.temporaries - plan.memory.temporaries,
    flopsAdded: flopsOf(plan) - flopsOf(kept),
  };
}
