// Times two libraries on one problem, in turns: other work on the machine then slows both.

import { distance, type Contender, type Library } from "./contender.ts";
import { countCalls, type Calls } from "./count.ts";
import { nameOf, type Problem } from "./nets.ts";
import { spreadOf, type Spread } from "./statistics.ts";

/** Losses and weights of both sides may differ by this much, relative. */
export const TOLERANCE = 1e-4;

export interface Side {
  readonly library: string;
  /** Milliseconds from the uploaded problem to the first step's loss: compiling, where a library compiles. */
  readonly firstStep: number;
  /** Milliseconds a step: the chunk's time, with the wait for its last loss, by its steps. */
  readonly step: Spread;
  /** Milliseconds that the call itself takes on an idle device. */
  readonly javascript: Spread;
  readonly calls: Calls;
}

export interface Result {
  readonly net: string;
  readonly rounds: number;
  readonly stepsPerRound: number;
  readonly sides: readonly [Side, Side];
  /** Median of the second side's step by the first's; undefined where they do not compute the same. */
  readonly ratio: number | undefined;
  /** The same for each side's fastest round, which other work on the machine disturbed least. */
  readonly ratioOfFastest: number | undefined;
  /** The largest relative difference of a loss, and of the weights at the end. */
  readonly difference: { readonly loss: number; readonly weights: number };
}

interface Runner {
  readonly library: Library;
  readonly contender: Contender;
  readonly firstStep: number;
  readonly times: number[];
}

/** A round lasts at least about this long on the faster side and on the slower, in milliseconds. */
const ROUND = [60, 500] as const;

/** Enough for a scheduler's time slice not to decide a round; `times` are milliseconds a step. */
function stepsFor(times: readonly number[]): number {
  const needed = Math.max(ROUND[0] / Math.min(...times), ROUND[1] / Math.max(...times));
  return Math.min(200, Math.max(3, Math.ceil(needed)));
}

export async function measure(
  libraries: readonly [Library, Library],
  problem: Problem,
  rounds: number,
): Promise<Result> {
  const losses: [number, number][] = [];
  const first = await start(libraries[0], problem);
  const second = await start(libraries[1], problem);
  losses.push([first.loss, second.loss]);
  const pair = [first.runner, second.runner] as const;
  const both = async (steps: number, swap = false): Promise<[number, number]> => {
    const [a, b] = swap ? [pair[1], pair[0]] : pair;
    const one = await chunk(a, steps);
    const two = await chunk(b, steps);
    losses.push(swap ? [two.loss, one.loss] : [one.loss, two.loss]);
    return swap ? [two.time, one.time] : [one.time, two.time];
  };

  await both(2);
  const trials = [await both(2), await both(2), await both(2)];
  const stepsPerRound = stepsFor([0, 1].map((i) => Math.min(...trials.map((times) => times[i] ?? NaN)) / 2));
  for (let round = 0; round < rounds; round++) {
    const times = await both(stepsPerRound, round % 2 === 1);
    pair.forEach(({ times: all }, i) => all.push((times[i] ?? NaN) / stepsPerRound));
  }
  const sides: [Side, Side] = [await sideOf(pair[0], rounds), await sideOf(pair[1], rounds)];
  const [ours, theirs] = [await pair[0].contender.weights(), await pair[1].contender.weights()];
  const difference = {
    loss: Math.max(...losses.map(([a, b]) => Math.abs(a - b) / Math.abs(b))),
    weights: distance(ours, theirs),
  };
  for (const { contender } of pair) await contender.dispose();
  // Written so that NaN does not agree.
  const agree = difference.loss <= TOLERANCE && difference.weights <= TOLERANCE;
  return {
    net: nameOf(problem),
    rounds,
    stepsPerRound,
    sides,
    ratio: agree ? sides[1].step.median / sides[0].step.median : undefined,
    ratioOfFastest: agree ? sides[1].step.min / sides[0].step.min : undefined,
    difference,
  };
}

async function start(library: Library, problem: Problem): Promise<{ runner: Runner; loss: number }> {
  const started = performance.now();
  const contender = await library.create(problem);
  contender.step();
  const loss = await contender.loss();
  return { runner: { library, contender, firstStep: performance.now() - started, times: [] }, loss };
}

/** Blocks on a result at its end, never at a step: both libraries may queue ahead. */
async function chunk({ contender }: Runner, steps: number): Promise<{ time: number; loss: number }> {
  const started = performance.now();
  for (let i = 0; i < steps; i++) contender.step();
  const loss = await contender.loss();
  return { time: performance.now() - started, loss };
}

/** Untimed: what a step asks of WebGPU, and of JavaScript when it has the machine for itself. */
async function sideOf({ library, contender, firstStep, times }: Runner, samples: number): Promise<Side> {
  const calls = countCalls(() => contender.step(), samples);
  await contender.loss();
  const javascript: number[] = [];
  for (let i = 0; i < samples; i++) {
    const started = performance.now();
    contender.step();
    javascript.push(performance.now() - started);
    await contender.loss();
  }
  const { name, version } = library;
  return {
    library: `${name} ${version}`,
    firstStep,
    step: spreadOf(times),
    javascript: spreadOf(javascript),
    calls,
  };
}
