// What one step costs the host, measured apart from the rounds.

import type { Contender } from "./contender.ts";
import { countCalls, type Calls } from "./count.ts";
import { spreadOf, type Spread } from "./statistics.ts";

export interface Cost {
  /** Milliseconds that the call itself takes on an idle device. */
  readonly javascript: Spread;
  readonly calls: Calls;
}

export async function costOf(contender: Contender, samples: number): Promise<Cost> {
  const calls = await countCalls(contender, samples);
  const javascript: number[] = [];
  for (let i = 0; i < samples; i++) {
    const started = performance.now();
    const ready = contender.step();
    javascript.push(performance.now() - started);
    await ready;
    await contender.loss();
  }
  return { javascript: spreadOf(javascript), calls };
}
