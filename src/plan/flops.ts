// How much a plan computes.

import type { Plan } from "./plan.ts";

/** Floating-point operations of a run, products and sums counted singly. */
export const flopsOf = ({ dispatches }: Pick<Plan, "dispatches">): number =>
  dispatches.reduce((sum, { kernel }) => sum + kernel.flops, 0);
