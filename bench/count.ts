// Counts what a contender asks of its API, by wrapping the classes' methods for a while.

import { CALLS, type Api, type Call } from "./api.ts";
import { advance, type Contender } from "./contender.ts";
import { replaceMethod } from "./hook.ts";

/** Calls a step, of each kind that the API has. */
export type Calls = Readonly<Partial<Record<Call, number>>>;

/**
 * Calls a step, over `steps` steps. Reading the last loss makes a library that waits with its work do it, and costs calls
 * of its own: so it is the difference between twice the steps and once, each with one reading.
 */
export async function countCalls(contender: Contender, api: Api, steps: number): Promise<Calls> {
  const once = await callsOf(contender, api, steps);
  const twice = await callsOf(contender, api, 2 * steps);
  const calls: Partial<Record<Call, number>> = {};
  for (const [call, count] of twice) calls[call] = (count - (once.get(call) ?? 0)) / steps;
  return calls;
}

async function callsOf(contender: Contender, api: Api, steps: number): Promise<Map<Call, number>> {
  const methods = api.calls();
  const counts = new Map<Call, number>();
  const restore = CALLS.flatMap((call) => {
    const target = methods[call];
    if (!target) return [];
    counts.set(call, 0);
    return replaceMethod(...target, (method) => {
      return function (...args) {
        counts.set(call, (counts.get(call) ?? 0) + 1);
        return method.apply(this, args);
      };
    });
  });
  try {
    await advance(contender, steps);
    await contender.loss();
  } finally {
    for (const undo of restore) undo();
  }
  return counts;
}
