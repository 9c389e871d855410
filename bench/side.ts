// What one library showed on a problem, next to the first one.

import type { Cost } from "./cost.ts";
import type { Runner } from "./runner.ts";
import { spreadOf, type Spread } from "./statistics.ts";

/** Losses and weights may differ from the first library's by this much, relative. */
export const TOLERANCE = 1e-4;

export interface Side {
  readonly library: string;
  readonly measured: "in rounds" | "once" | "skipped";
  /** Milliseconds from the problem in JavaScript memory to the first step's loss: compiling, where a library compiles. */
  readonly firstStep: number;
  /** Milliseconds a step: the chunk's time, with the wait for its last loss, by its steps. */
  readonly step: Spread;
  /** Undefined for the first side, and where the two ought to compute the same and do not. */
  readonly ratio: number | undefined;
  /** The same for each side's fastest round, which other work on the machine disturbed least. */
  readonly ratioOfFastest: number | undefined;
  /** From the first side's losses and weights, relative; undefined for the first side and for another algorithm. */
  readonly difference: { readonly loss: number; readonly weights: number } | undefined;
  /** In what its algorithm differs from the first side's. Its ratio is that of the times for as many examples. */
  readonly algorithm: string | undefined;
  /** The most bytes that it held on the GPU: weights, the data set, what it computes with, and its pools. */
  readonly peakBytes: number | undefined;
  /** Undefined where costs were not sampled: for a side that was skipped, say. */
  readonly cost: Cost | undefined;
}

/** What a runner has shown, compared with the first one. */
export async function sideOf(
  runner: Runner,
  first: Runner | undefined,
): Promise<Omit<Side, "measured" | "cost">> {
  const { name, firstStep, facts } = runner;
  const { algorithm } = facts;
  const step = spreadOf(runner.times);
  const side = { library: name, firstStep, step, algorithm, peakBytes: await runner.peakBytes() };
  if (!first || runner === first)
    return { ...side, ratio: undefined, ratioOfFastest: undefined, difference: undefined };
  const difference = algorithm === undefined ? runner.differenceFrom(first) : undefined;
  const other = spreadOf(first.times);
  const comparable = !difference || agrees(difference);
  return {
    ...side,
    difference,
    ratio: comparable ? step.median / other.median : undefined,
    ratioOfFastest: comparable ? step.min / other.min : undefined,
  };
}

/** Written so that NaN does not agree. */
export const agrees = ({ loss, weights }: { readonly loss: number; readonly weights: number }): boolean =>
  loss <= TOLERANCE && weights <= TOLERANCE;
