// What one step costs the host, measured apart from the rounds.

import { advance, type Contender } from "./contender.ts";
import { countCalls, type Calls } from "./count.ts";
import { replaceMethod } from "./hook.ts";
import { spreadOf, type Spread } from "./statistics.ts";

export interface Cost {
  /** Milliseconds that the call itself takes on an idle device. */
  readonly javascript: Spread;
  /**
   * Milliseconds a step with every dispatch empty: JavaScript, validation, encoding and submission, with the wait for the
   * last loss shared by all steps.
   */
  readonly overhead: Spread;
  readonly calls: Calls;
}

/** Steps are made some `samples` times, empty ones in `rounds` chunks. */
export async function costOf(contender: Contender, samples: number, rounds: number): Promise<Cost> {
  const calls = await countCalls(contender, samples);
  const javascript: number[] = [];
  for (let i = 0; i < samples; i++) {
    const started = performance.now();
    const ready = contender.step();
    javascript.push(performance.now() - started);
    await ready;
    await contender.loss();
  }
  // Last, because the weights and the losses have no meaning from here on.
  const overhead = await withEmptyDispatches(() => chunks(contender, rounds));
  return { javascript: spreadOf(javascript), overhead: spreadOf(overhead), calls };
}

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

/** Dispatches of no workgroups are validated and encoded like others, and compute nothing. */
export async function withEmptyDispatches<Value>(work: () => Promise<Value>): Promise<Value> {
  const restore = replaceMethod(GPUComputePassEncoder.prototype, "dispatchWorkgroups", (method) => {
    return function () {
      return method.call(this, 0);
    };
  });
  try {
    return await work();
  } finally {
    restore();
  }
}
