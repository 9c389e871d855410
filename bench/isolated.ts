// A measurement in a process of its own: no net finds kernels compiled or memory pooled by an earlier one, and a deadline
// can end it.

import { fork } from "node:child_process";
import { shareAdapter, type AdapterFacts } from "./adapter.ts";
import { contenders } from "./contenders.ts";
import type { Library } from "./contender.ts";
import { measure, type Pace, type Result } from "./measure.ts";
import { problemOf, type Training } from "./nets.ts";

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
export async function measureApart(task: Task, limit: number): Promise<Outcome | undefined> {
  const [, program = ""] = process.argv;
  const worker = fork(program, [WORKER, JSON.stringify(task)], {
    serialization: "advanced", // keeps NaN and undefined, which JSON does not
  });
  let outcome: Outcome | undefined;
  let late = false;
  worker.on("message", (message) => {
    outcome = message as Outcome;
  });
  const timer = Number.isFinite(limit)
    ? setTimeout(() => {
        late = true;
        worker.kill("SIGKILL");
      }, limit)
    : undefined;
  const code = await new Promise<number | null>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("close", resolve);
  });
  clearTimeout(timer);
  if (late || outcome) return outcome;
  throw new Error(`bench: the measurement of ${task.training.sizes.join("-")} failed (exit code ${code})`);
}

/** In a worker: measures, sends the outcome and gives true. Elsewhere gives false. */
export async function workIfAsked(): Promise<boolean> {
  const at = process.argv.indexOf(WORKER);
  if (at < 0) return false;
  const task = JSON.parse(process.argv[at + 1] ?? "") as Task;
  const adapter = await shareAdapter();
  const libraries: Library[] = [];
  for (const key of task.contenders) {
    const library = await contenders[key]?.();
    if (library) libraries.push(library);
  }
  const result = await measure(libraries, problemOf(task.training), task.pace);
  await new Promise((sent) => process.send?.({ adapter, result } satisfies Outcome, sent));
  process.disconnect();
  return true;
}
