// One training measured with all that take part, in the process or the page that was made for it.

import type { AdapterFacts } from "./adapter_facts.ts";
import { loadAll, type Contestant, type LeftOut } from "./contestant.ts";
import { measure, type Result } from "./measure.ts";
import { problemOf, titleOf, type Training } from "./nets.ts";
import type { Pace } from "./pace.ts";
import type { ByPlace, Place } from "./place.ts";

export interface Task {
  readonly training: Training;
  readonly on: Place;
  /** Keys of the catalogue of that place. */
  readonly contenders: readonly string[];
  readonly pace: Pace;
}

export interface Outcome {
  /** Undefined where nobody uses one. */
  readonly adapter: AdapterFacts | undefined;
  readonly result: Result;
  readonly leftOut: readonly LeftOut[];
}

/** Where tasks are measured: each in a process or a browser of its own. */
export interface Measurer {
  /** Gives undefined where the time, in milliseconds, was up first; throws where the measurement failed. */
  measure(task: Task, limit: number): Promise<Outcome | undefined>;
  /** What runs the measurements, with its version, once there was one. */
  runtime(): string;
  close(): Promise<void>;
}

/** Every contender finds the adapter where it looks for it: that is the caller's to see to. */
export async function workOn(
  { training, on, contenders, pace }: Task,
  catalogue: ByPlace<Contestant>,
  adapter: AdapterFacts | undefined,
): Promise<Outcome> {
  const problem = problemOf(training);
  const { libraries, leftOut } = await loadAll(catalogue[on], contenders, problem);
  return { adapter, result: await measure(libraries, problem, titleOf(training), pace), leftOut };
}
