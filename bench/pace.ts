// How long a measurement takes: how many rounds, and how many steps in each.

export interface Pace {
  /** Rounds before those that count: what compiles or tunes itself while it runs is through then. */
  readonly warm: number;
  readonly rounds: number;
  /** Fewer rounds are made, but not fewer than this, */
  readonly fewest: number;
  /** so that a net's rounds last about this long, in milliseconds. */
  readonly budget: number;
  /** A contender with a step slower than this, in milliseconds, is measured once. */
  readonly once: number;
  /** One slower than this is not measured. */
  readonly skip: number;
  /** Milliseconds that a round may last on the slowest side. */
  readonly longest: number;
  /** Steps of a round, at most. */
  readonly most?: number;
  /** Milliseconds of steps that a side's costs may be sampled for, about; 0: they are not. */
  readonly sampling: number;
}

const MOST = 200;
/** A round lasts at least about this long on the fastest side and on the slowest, in milliseconds. */
const ROUND = [60, 500] as const;

/** Enough for a scheduler's time slice not to decide a round; `times` are milliseconds a step. */
export function stepsFor(
  times: readonly number[],
  { longest, most = MOST }: Pick<Pace, "longest" | "most">,
): number {
  const slowest = Math.max(...times);
  const needed = Math.max(ROUND[0] / Math.min(...times), ROUND[1] / slowest);
  const least = slowest > ROUND[1] ? 1 : 3;
  return Math.max(Math.min(least, most), Math.min(most, Math.ceil(needed), Math.floor(longest / slowest)));
}

/** As many as there is time for; `times` are milliseconds a step of those that take turns. */
export function roundsFor(
  times: readonly number[],
  steps: number,
  { rounds, fewest, budget }: Pick<Pace, "rounds" | "fewest" | "budget">,
): number {
  const round = steps * times.reduce((sum, time) => sum + time, 0);
  return Math.min(rounds, Math.max(fewest, Math.floor(budget / round)));
}

/** With as many rounds, and steps at most, as a user asks for. */
export const paceOf = (
  usual: Pace,
  { rounds, steps }: { readonly rounds?: number; readonly steps?: number },
): Pace => ({
  ...usual,
  ...(rounds !== undefined && { rounds, fewest: rounds }),
  ...(steps !== undefined && { most: steps }),
});
