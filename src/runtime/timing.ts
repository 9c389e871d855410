// How long a dispatch takes, with as many runs in a row as the clock needs.

import type { Profile } from "../graph/profile.ts";
import type { Bound } from "./device.ts";

/** Long enough for a clock that ticks in tenths of a millisecond, as browsers' do. */
const LONG_ENOUGH_MS = 4;
const MOST_REPEATS = 1024;

/** Runs of a dispatch in a row that together take long enough to be timed. Runs it, so that it is warm. */
export async function repeatsOf(bound: Bound, index: number): Promise<number> {
  for (let repeats = 1; ; repeats *= 4)
    if (repeats >= MOST_REPEATS || (await bound.time(index, repeats)) >= LONG_ENOUGH_MS) return repeats;
}

/** A GPU that has nothing to do runs at a fraction of its clock, an H200 at 345 of 1980 MHz. */
const WARM_MS = 100;

/** Keeps a GPU at work until its clock is up. Other devices have none that anybody sees. */
export async function warmUp(bound: Bound, index: number, { kind }: Profile): Promise<void> {
  const until = performance.now() + (kind === "gpu" ? WARM_MS : 0);
  while (performance.now() < until) await bound.time(index, 1);
}

/** The middle one; of an even number, the greater of the two in the middle. */
export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((p, q) => p - q)[Math.floor(numbers.length / 2)] ?? NaN;
