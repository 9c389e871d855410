// Times a training step at all points of an axis, in turns: other work on the machine then slows all of them.

import type { Library } from "../contender.ts";
import { overheadOf } from "../cost.ts";
import { roundsFor } from "../pace.ts";
import { problemOf } from "../nets.ts";
import { Runner } from "../runner.ts";
import { spreadOf } from "../statistics.ts";
import type { Axis, Point } from "./axes.ts";
import type { Curve, Measured } from "./curve.ts";

export interface GrowthPace {
  /** Rounds before those that count: what compiles while it runs is through then. */
  readonly warm: number;
  readonly rounds: number;
  /** Fewer rounds are made, but not fewer than this, */
  readonly fewest: number;
  /** so that an axis's rounds last about this long, in milliseconds. */
  readonly budget: number;
  /** A point with a slower step than this, in milliseconds, is left out, and all after it. */
  readonly skip: number;
}

/** A point's chunk lasts at least about this long, in milliseconds. */
const CHUNK = 100;

interface Place {
  readonly point: Point;
  readonly runner: Runner;
  readonly trial: number;
  readonly steps: number;
}

/** A curve for each library. */
export async function measureGrowth(
  libraries: readonly Library[],
  { points }: Axis,
  pace: GrowthPace,
): Promise<Curve[]> {
  const placesOf = new Map<Library, Place[]>();
  for (const library of libraries) placesOf.set(library, await start(library, points, pace.skip));
  const places = [...placesOf.values()].flat();
  const round = places.reduce((sum, { trial, steps }) => sum + trial * steps, 0);
  const rounds = roundsFor([round], 1, pace);
  for (let i = 0; i < pace.warm + rounds; i++) {
    const turn = i % Math.max(1, places.length);
    for (const { runner, steps } of [...places.slice(turn), ...places.slice(0, turn)]) {
      const time = await runner.chunk(steps);
      if (i >= pace.warm) runner.times.push(time);
    }
  }
  const curves: Curve[] = [];
  for (const [{ name, version, backend }, own] of placesOf) {
    const measured: Measured[] = [];
    for (const place of own) measured.push(await finish(place, rounds));
    const skipped = points.slice(own.length).map(({ at }) => at);
    curves.push({ library: [name, version, backend].filter(Boolean).join(" "), points: measured, skipped });
  }
  return curves;
}

/** The points up to the first that is too slow; that one is not tried where the one before it tells. */
async function start(library: Library, points: readonly Point[], skip: number): Promise<Place[]> {
  const places: Place[] = [];
  for (const point of points) {
    const before = places.at(-1);
    if (before && expected(before, point) > skip) break;
    const runner = await Runner.start(library, problemOf(point.training));
    // The second step may still compile.
    const trial = Math.min(await runner.chunk(1), await runner.chunk(1));
    if (trial > skip) {
      await end(runner);
      break;
    }
    places.push({ point, runner, trial, steps: Math.min(200, Math.ceil(CHUNK / trial)) });
  }
  return places;
}

/** Milliseconds a step, if time grows with the work. */
const expected = ({ trial, point }: Place, next: Point): number => (trial * next.units) / point.units;

async function finish({ point, runner }: Place, rounds: number): Promise<Measured> {
  const { contender, facts } = runner;
  await contender.enter?.();
  const overhead = facts.api && (await overheadOf(contender, facts.api, rounds));
  await contender.dispose();
  return { at: point.at, units: point.units, step: spreadOf(runner.times), overhead };
}

async function end({ contender }: Runner): Promise<void> {
  await contender.enter?.();
  await contender.dispose();
}
