// What was measured along an axis, and how it bends.

import type { Spread } from "../statistics.ts";

export interface Measured {
  readonly at: number;
  readonly units: number;
  /** Milliseconds a step. */
  readonly step: Spread;
  /** Milliseconds a step with every dispatch empty; undefined where there are no dispatches. */
  readonly overhead: Spread | undefined;
}

export interface Curve {
  readonly library: string;
  /** From small to large. */
  readonly points: readonly Measured[];
  /** Places that would have taken too long. */
  readonly skipped: readonly number[];
}

/** Of the median round, or of the fastest, which other work on the machine disturbed least. */
export type Round = "median" | "min";

/** Microseconds a unit of work. */
export const costOf = ({ step, units }: Measured, round: Round = "median"): number =>
  (1000 * step[round]) / units;

/** The last point's cost by the first's: 1 where time grows with the work, less where fixed costs matter at first. */
export function lastToFirst({ points }: Curve, round: Round = "median"): number {
  const [first, last] = [points[0], points.at(-1)];
  return first && last ? costOf(last, round) / costOf(first, round) : NaN;
}

/** The largest ratio of a point's cost to that of an earlier one: above 1 where the curve bends upward somewhere. */
export function largestRise({ points }: Curve, round: Round = "median"): number {
  let least = Infinity;
  let rise = NaN;
  for (const cost of points.map((point) => costOf(point, round))) {
    // Written so that one point, or NaN, gives NaN.
    if (least < Infinity) rise = Math.max(Number.isNaN(rise) ? 0 : rise, cost / least);
    least = Math.min(least, cost);
  }
  return rise;
}
