// What one step costs the host, measured apart from the rounds.

import type { Api } from "./api.ts";
import { advance, type Contender, type Library } from "./contender.ts";
import { countCalls, type Calls } from "./count.ts";
import { replaceMethod } from "./hook.ts";
import { spreadOf, type Spread } from "./statistics.ts";

export interface Cost {
  /** Milliseconds that the call itself takes on an idle device; undefined where another process does the work. */
  readonly javascript: Spread | undefined;
  /**
   * Milliseconds a step with every dispatch empty: JavaScript, validation, encoding and submission, with the wait for the
   * last loss shared by all steps. Undefined where there are no dispatches.
   */
  readonly overhead: Spread | undefined;
  readonly calls: Calls | undefined;
}

/** Steps are made some `samples` times, empty ones in `rounds` chunks. */
export async function costOf(
  contender: Contender,
  { api, elsewhere = false }: Pick<Library, "api" | "elsewhere">,
  samples: number,
  rounds: number,
): Promise<Cost> {
  await contender.enter?.();
  const calls = api && (await countCalls(contender, api, samples));
  const javascript = elsewhere ? undefined : spreadOf(await timesOfCalls(contender, samples));
  // Last, because it leaves nothing that has a meaning.
  const overhead = api && (await overheadOf(contender, api, rounds));
  return { javascript, overhead, calls };
}

async function timesOfCalls(contender: Contender, samples: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < samples; i++) {
    const started = performance.now();
    const ready = contender.step();
    times.push(performance.now() - started);
    await ready;
    await contender.loss();
  }
  return times;
}

/** Milliseconds a step with every dispatch empty, over `rounds` chunks. Weights and losses have no meaning from there on. */
export const overheadOf = async (contender: Contender, api: Api, rounds: number): Promise<Spread> =>
  spreadOf(await withEmptyDispatches(api, () => chunks(contender, rounds)));

/** Milliseconds a step, for each of `count` chunks that last about 50 ms. */
async function chunks(contender: Contender, count: number): Promise<number[]> {
  const trial = Math.min(await chunk(contender, 2), await chunk(contender, 2));
  const steps = Math.min(200, Math.max(3, Math.ceil(CHUNK / trial)));
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await chunk(contender, steps));
  return times;
}

const CHUNK = 50;

async function chunk(contender: Contender, steps: number): Promise<number> {
  const started = performance.now();
  await advance(contender, steps);
  await contender.loss();
  return (performance.now() - started) / steps;
}

/** Empty dispatches are validated and encoded like others, and compute nothing. */
export async function withEmptyDispatches<Value>(api: Api, work: () => Promise<Value>): Promise<Value> {
  const target = api.calls().dispatches;
  if (!target) return work();
  const restore = replaceMethod(...target, (method) => {
    return function (...args) {
      return method.apply(this, api.empty(args));
    };
  });
  try {
    return await work();
  } finally {
    restore();
  }
}
