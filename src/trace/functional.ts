// Ops that are no methods: what training steps are written with.

import { Tensor } from "./tensor.ts";

/** w − learningRate·gradient: textbook, part A. Shapes of w and gradient are equal, the rate is a scalar. */
export const sgdUpdate = (w: Tensor, gradient: Tensor, learningRate: Tensor): Tensor =>
  new Tensor(w.tracer, w.tracer.build.sgd(w.value, gradient.value, learningRate.value));

/** Writes scalars to row (step mod capacity) of a ring (capacity, metrics) and counts the step. */
export function record(
  ring: Tensor,
  step: Tensor,
  metrics: readonly Tensor[],
): { ring: Tensor; step: Tensor } {
  const made = ring.tracer.build.record(
    ring.value,
    step.value,
    metrics.map(({ value }) => value),
  );
  const [nextRing = ring.value, nextStep = step.value] = made;
  return { ring: new Tensor(ring.tracer, nextRing), step: new Tensor(ring.tracer, nextStep) };
}

/** What `f` traces counts as the update of a training step in printed graphs and plans. */
export const asUpdate = <T>(of: Tensor, f: () => T): T => of.tracer.graph.within("update", f);
