// A measurement of one training in a process of its own.

import { shareAdapter, type AdapterFacts } from "./adapter.ts";
import { answerIfAsked, runApart } from "./apart.ts";
import { contenders } from "./contenders/catalogue.ts";
import type { Library } from "./contender.ts";
import { measure, type Pace, type Result } from "./measure.ts";
import { problemOf, titleOf, type Training } from "./nets.ts";

export interface Task {
  readonly training: Training;
  /** Keys of `contenders`. */
  readonly contenders: readonly string[];
  readonly pace: Pace;
}

export interface Outcome {
  readonly adapter: AdapterFacts;
  readonly result: Result;
}

/** The argument that makes the program a worker. */
const WORKER = "--worker";

/** Gives undefined where the time, in milliseconds, was up first; throws where the worker failed. */
export const measureApart = (task: Task, limit: number): Promise<Outcome | undefined> =>
  runApart(WORKER, task, limit, titleOf(task.training));

/** In a worker: measures, sends the outcome and gives true. Elsewhere gives false. */
export const workIfAsked = (): Promise<boolean> => answerIfAsked(WORKER, workOn);

async function workOn(task: Task): Promise<Outcome> {
  const adapter = await shareAdapter();
  const libraries: Library[] = [];
  for (const key of task.contenders) {
    const library = await contenders[key]?.();
    if (library) libraries.push(library);
  }
  const { training, pace } = task;
  return { adapter, result: await measure(libraries, problemOf(training), titleOf(training), pace) };
}
