// Times libraries on one problem, in turns: other work on the machine then slows all of them.

import type { Library } from "./contender.ts";
import { costOf, type Cost } from "./cost.ts";
import { Runner } from "./runner.ts";
import { spreadOf, type Spread } from "./statistics.ts";

/** Losses and weights may differ from the first library's by this much, relative. */
export const TOLERANCE = 1e-4;

/** How long a measurement may take. */
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
  /** Milliseconds of steps that a side's costs may be sampled for, about; 0: they are not. */
  readonly sampling: number;
}

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

export interface Result {
  /** What was measured: a net, or a kernel at a size. */
  readonly net: string;
  readonly rounds: number;
  readonly stepsPerRound: number;
  readonly sides: readonly Side[];
}

export async function measure<Given>(
  libraries: readonly Library<Given>[],
  problem: Given,
  title: string,
  pace: Pace,
): Promise<Result> {
  const { once, skip, longest } = pace;
  const runners: Runner[] = [];
  const trials = new Map<Runner, number>();
  for (const library of libraries) runners.push(await Runner.start(library, problem));
  for (const runner of runners) trials.set(runner, await trialOf(runner, skip));
  const timeOf = (runner: Runner): number => trials.get(runner) ?? NaN;
  const inRounds = runners.filter((runner, i) => i === 0 || timeOf(runner) <= once);
  for (const runner of runners) if (!inRounds.includes(runner)) runner.times.push(timeOf(runner));

  for (const runner of inRounds) trials.set(runner, Math.min(await runner.chunk(2), await runner.chunk(2)));
  const times = inRounds.map(timeOf);
  const stepsPerRound = stepsFor(times, longest);
  const rounds = roundsFor(times, stepsPerRound, pace);
  for (let round = 0; round < pace.warm + rounds; round++) {
    const turn = round % inRounds.length;
    for (const runner of [...inRounds.slice(turn), ...inRounds.slice(0, turn)]) {
      const time = await runner.chunk(stepsPerRound);
      if (round >= pace.warm) runner.times.push(time);
    }
  }
  for (const runner of inRounds) await runner.snapshot();

  const sides: Side[] = [];
  for (const runner of runners) {
    const skipped = !inRounds.includes(runner) && timeOf(runner) > skip;
    const samples = Math.max(1, Math.min(rounds, Math.floor(pace.sampling / timeOf(runner))));
    const measured = skipped ? "skipped" : inRounds.includes(runner) ? "in rounds" : "once";
    const sampled = !skipped && pace.sampling > 0;
    const cost = sampled ? await costOf(runner.contender, runner.facts, samples, rounds) : undefined;
    sides.push({ measured, cost, ...(await comparison(runner, runners[0])) });
  }
  for (const { contender } of runners) {
    await contender.enter?.();
    await contender.dispose();
  }
  return { net: title, rounds, stepsPerRound, sides };
}

/**
 * Milliseconds of one step. The second step may still compile, so it is tried again unless it is hopeless; where the first
 * is, with all that it compiles, there is no other.
 */
async function trialOf(runner: Runner, skip: number): Promise<number> {
  await runner.snapshot();
  if (runner.firstStep > 2 * skip) return runner.firstStep;
  const trial = await runner.chunk(1);
  await runner.snapshot();
  return trial > 2 * skip ? trial : Math.min(trial, await runner.chunk(1));
}

async function comparison(
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

/** A round lasts at least about this long on the fastest side and on the slowest, in milliseconds. */
const ROUND = [60, 500] as const;

/** Enough for a scheduler's time slice not to decide a round; `times` are milliseconds a step. */
export function stepsFor(times: readonly number[], longest: number): number {
  const slowest = Math.max(...times);
  const needed = Math.max(ROUND[0] / Math.min(...times), ROUND[1] / slowest);
  const least = slowest > ROUND[1] ? 1 : 3;
  return Math.max(least, Math.min(200, Math.ceil(needed), Math.floor(longest / slowest)));
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
