// Times libraries on one problem, in turns: other work on the machine then slows all of them.

import type { Library } from "./contender.ts";
import { costOf } from "./cost.ts";
import { roundsFor, stepsFor, type Pace } from "./pace.ts";
import { Runner } from "./runner.ts";
import { sideOf, type Side } from "./side.ts";

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
  const { once, skip } = pace;
  const runners: Runner[] = [];
  const trials = new Map<Runner, number>();
  for (const library of libraries) runners.push(await Runner.start(library, problem));
  for (const runner of runners) trials.set(runner, await trialOf(runner, skip));
  const timeOf = (runner: Runner): number => trials.get(runner) ?? NaN;
  const inRounds = runners.filter((runner, i) => i === 0 || timeOf(runner) <= once);
  for (const runner of runners) if (!inRounds.includes(runner)) runner.times.push(timeOf(runner));

  for (const runner of inRounds) trials.set(runner, Math.min(await runner.chunk(2), await runner.chunk(2)));
  const times = inRounds.map(timeOf);
  const stepsPerRound = stepsFor(times, pace);
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
    sides.push({ measured, cost, ...(await sideOf(runner, runners[0])) });
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
