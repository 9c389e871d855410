// A measurement along one axis in a process of its own.

import { shareAdapter, type AdapterFacts } from "../adapter.ts";
import { answerIfAsked, runApart } from "../apart.ts";
import { nodeCatalogue } from "../contenders/node.ts";
import { loadAll } from "../contestant.ts";
import { axes } from "./axes.ts";
import type { Curve } from "./curve.ts";
import { measureGrowth, type GrowthPace } from "./measure.ts";

export interface GrowthTask {
  /** The name of one of `axes`. */
  readonly axis: string;
  /** Keys of the catalogue. */
  readonly contenders: readonly string[];
  readonly pace: GrowthPace;
}

export interface GrowthOutcome {
  readonly adapter: AdapterFacts;
  readonly axis: string;
  readonly curves: readonly Curve[];
}

/** The argument that makes the program a worker. */
const WORKER = "--growth-worker";

/** Throws where the worker failed. */
export async function measureGrowthApart(task: GrowthTask): Promise<GrowthOutcome> {
  const outcome = await runApart<GrowthOutcome>(WORKER, task, Infinity, `growth by ${task.axis}`);
  if (!outcome) throw new Error(`bench: growth by ${task.axis} was not measured`);
  return outcome;
}

/** In a worker: measures, sends the outcome and gives true. Elsewhere gives false. */
export const workOnGrowthIfAsked = (): Promise<boolean> => answerIfAsked(WORKER, workOn);

async function workOn({ axis: name, contenders, pace }: GrowthTask): Promise<GrowthOutcome> {
  const axis = axes.find((other) => other.name === name);
  if (!axis) throw new RangeError(`bench: nothing grows by ${name}`);
  const adapter = await shareAdapter();
  const { libraries } = await loadAll(nodeCatalogue.gpu, contenders);
  return { adapter, axis: name, curves: await measureGrowth(libraries, axis, pace) };
}
