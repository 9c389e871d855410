// Times libraries on one problem, in turns: other work on the machine then slows all of them.

import type { Library } from "./contender.ts";
import { costOf, type Cost } from "./cost.ts";
import { Runner } from "./runner.ts";
import { spreadOf, type Spread } from "./statistics.ts";

/** Losses and weights may differ from the first library's by this much, relative. */
export const TOLERANCE = 1e-4;

/** How long a measurement may take. */
export interface Pace {
  readonly rounds: number;
  /** A contender with a step slower than this, in milliseconds, is measured once. */
  readonly once: number;
  /** One slower than this is not measured. */
  readonly skip: number;
  /** Milliseconds that a round may last on the slowest side. */
  readonly longest: number;
}

export interface Side {
  readonly library: string;
  readonly measured: "in rounds" | "once" | "skipped";
  /** Milliseconds from the problem in JavaScript memory to the first step's loss: compiling, where a library compiles. */
  readonly firstStep: number;
  /** Milliseconds a step: the chunk's time, with the wait for its last loss, by its steps. */
  readonly step: Spread;
  /** Undefined for the first side, and where the two do not compute the same. */
  readonly ratio: number | undefined;
  /** The same for each side's fastest round, which other work on the machine disturbed least. */
  readonly ratioOfFastest: number | undefined;
  /** From the first side's losses and weights, relative; undefined for the first side. */
  readonly difference: { readonly loss: number; readonly weights: number } | undefined;
  /** The most bytes that its buffers had on the device: weights, the data set, what it computes with, and its pools. */
  readonly peakBytes: number;
  /** Undefined for a side that was skipped. */
  readonly cost: Cost | undefined;
}

export interface Result {
  /** What was measured: a net, or a kernel at a size. */
  readonly net: string;
  readonly rounds: number;
  readonly stepsPerRound: number;
  readonly sides: readonly Side[];
}

/** Milliseconds of steps that a side's costs may be sampled for, about. */
const COST = 3000;

export async function measure<Given>(
  libraries: readonly Library<Given>[],
  problem: Given,
  title: string,
  { rounds, once, skip, longest }: Pace,
): Promise<Result> {
  const runners: Runner[] = [];
  const trials = new Map<Runner, number>();
  for (const library of libraries) runners.push(await Runner.start(library, problem));
  for (const runner of runners) trials.set(runner, await trialOf(runner, skip));
  const timeOf = (runner: Runner): number => trials.get(runner) ?? NaN;
  const inRounds = runners.filter((runner, i) => i === 0 || timeOf(runner) <= once);
  for (const runner of runners) if (!inRounds.includes(runner)) runner.times.push(timeOf(runner));

  for (const runner of inRounds) trials.set(runner, Math.min(await runner.chunk(2), await runner.chunk(2)));
  const stepsPerRound = stepsFor(inRounds.map(timeOf), longest);
  for (let round = 0; round < rounds; round++) {
    const turn = round % inRounds.length;
    for (const runner of [...inRounds.slice(turn), ...inRounds.slice(0, turn)])
      runner.times.push(await runner.chunk(stepsPerRound));
  }
  for (const runner of inRounds) await runner.snapshot();

  const sides: Side[] = [];
  for (const runner of runners) {
    const skipped = !inRounds.includes(runner) && timeOf(runner) > skip;
    const samples = Math.max(1, Math.min(rounds, Math.floor(COST / timeOf(runner))));
    const measured = skipped ? "skipped" : inRounds.includes(runner) ? "in rounds" : "once";
    const cost = skipped ? undefined : await costOf(runner.contender, samples, rounds);
    sides.push({ measured, cost, ...comparison(runner, runners[0]) });
  }
  for (const { contender } of runners) await contender.dispose();
  return { net: title, rounds, stepsPerRound, sides };
}

/** Milliseconds of one step. The second step may still compile, so it is tried again unless it is hopeless. */
async function trialOf(runner: Runner, skip: number): Promise<number> {
  const trial = await runner.chunk(1);
  await runner.snapshot();
  return trial > 2 * skip ? trial : Math.min(trial, await runner.chunk(1));
}

function comparison(runner: Runner, first: Runner | undefined): Omit<Side, "measured" | "cost"> {
  const step = spreadOf(runner.times);
  const side = { library: runner.name, firstStep: runner.firstStep, step, peakBytes: runner.peakBytes };
  if (!first || runner === first)
    return { ...side, ratio: undefined, ratioOfFastest: undefined, difference: undefined };
  const difference = runner.differenceFrom(first);
  const other = spreadOf(first.times);
  const same = agrees(difference);
  const ratio = same ? step.median / other.median : undefined;
  return { ...side, difference, ratio, ratioOfFastest: same ? step.min / other.min : undefined };
}

/** Written so that NaN does not agree. */
export const agrees = ({ loss, weights }: { readonly loss: number; readonly weights: number }): boolean =>
  loss <= TOLERANCE && weights <= TOLERANCE;

/** A round lasts at least about this long on the fastest side and on the slowest, in milliseconds. */
const ROUND = [60, 500] as const;

/** Enough for a scheduler's time slice not to decide a round; `times` are milliseconds a step. */
export function stepsFor(times: readonly number[], longest: number): number {
  const slowest = Math.max(...times);
  const needed = Math.max(ROUND[0] / Math.min(...times), ROUND[1] / slowest);
  const least = slowest > ROUND[1] ? 1 : 3;
  return Math.max(least, Math.min(200, Math.ceil(needed), Math.floor(longest / slowest)));
}
