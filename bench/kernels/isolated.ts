// A measurement of one kernel in a process of its own.

import { adapterFor, type AdapterFacts } from "../adapter.ts";
import { answerIfAsked, runApart } from "../apart.ts";
import type { Library } from "../contender.ts";
import { Absent, type LeftOut } from "../contestant.ts";
import { measure, type Result } from "../measure.ts";
import type { Pace } from "../pace.ts";
import type { Place } from "../place.ts";
import { titleOf, type Kernel } from "./cases.ts";
import { asLibrary } from "./contender.ts";
import { kernelLibraries } from "./libraries.ts";
import { problemOf, type KernelProblem } from "./problem.ts";

export interface KernelTask {
  readonly kernel: Kernel;
  readonly on: Place;
  /** Keys of `kernelLibraries` at that place. */
  readonly contenders: readonly string[];
  readonly pace: Pace;
}

export interface KernelOutcome {
  readonly adapter: AdapterFacts | undefined;
  readonly kernel: Kernel;
  /** A step is a run, the loss the result's first element, the weights the result. */
  readonly result: Result;
  /** How far each side's results are from what doubles give, at most. */
  readonly errors: readonly number[];
  /** Milliseconds of a run on the device itself, of those sides that can tell. */
  readonly deviceTimes: readonly (number | undefined)[];
  readonly leftOut: readonly LeftOut[];
}

/** The argument that makes the program a worker. */
const WORKER = "--kernel-worker";

/** Gives undefined where the time, in milliseconds, was up first; throws where the worker failed. */
export const measureKernelApart = (task: KernelTask, limit: number): Promise<KernelOutcome | undefined> =>
  runApart(WORKER, task, limit, titleOf(task.kernel));

/** In a worker: measures, sends the outcome and gives true. Elsewhere gives false. */
export const workOnKernelIfAsked = (): Promise<boolean> => answerIfAsked(WORKER, workOn);

async function workOn({ kernel, on, contenders, pace }: KernelTask): Promise<KernelOutcome> {
  const adapter = await adapterFor(on);
  const libraries: Library<KernelProblem>[] = [];
  const leftOut: LeftOut[] = [];
  const errors: number[] = [];
  const deviceTimes: (number | undefined)[] = [];
  for (const key of contenders) {
    const library = await kernelLibraries[on][key]?.().catch((error: unknown) => {
      if (!(error instanceof Absent)) throw error;
      leftOut.push({ title: key, reason: error.message });
      return undefined;
    });
    if (!library?.can(kernel)) continue;
    const side = libraries.length;
    libraries.push(
      asLibrary(library, {
        // Written so that NaN stays.
        error: (error) => (errors[side] = Math.max(errors[side] ?? 0, error)),
        deviceTime: (milliseconds) => (deviceTimes[side] = milliseconds),
      }),
    );
  }
  const result = await measure(libraries, problemOf(kernel), titleOf(kernel), pace);
  return { adapter, kernel, result, errors, deviceTimes, leftOut };
}
