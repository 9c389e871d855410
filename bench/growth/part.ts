// The benchmark of growth: what a unit of work costs as batch, depth and width grow.

import { conditionLines, conditionsFrom, currentLoad } from "../conditions.ts";
import type { Part } from "../part.ts";
import { sectionOn, type Section } from "../section.ts";
import { axes } from "./axes.ts";
import { measureGrowthApart, type GrowthOutcome } from "./isolated.ts";
import type { GrowthPace } from "./measure.ts";
import { curveText } from "./report.ts";

export const GROWTH: Section = {
  mark: "bench:growth",
  title: "Benchmark of growth",
  command: "npm run bench -- --only growth --write",
};

const PACE: GrowthPace = { warm: 2, rounds: 21, fewest: 5, budget: 30_000, skip: 8000 };

export interface GrowthOptions {
  readonly rounds?: number;
  /** Names of axes; all where none are named. */
  readonly axes?: readonly string[];
  /** Keys of the catalogue. */
  readonly contenders: readonly string[];
}

export async function measureAllGrowth(options: GrowthOptions): Promise<Part> {
  const { rounds, contenders } = options;
  const load = currentLoad();
  const pace = rounds === undefined ? PACE : { ...PACE, rounds, fewest: rounds };
  const outcomes: GrowthOutcome[] = [];
  const curves: string[] = [];
  for (const axis of axes.filter(({ name }) => options.axes?.includes(name) ?? true)) {
    process.stderr.write(`growth by ${axis.name} …\n`);
    const outcome = await measureGrowthApart({ axis: axis.name, contenders, pace });
    outcomes.push(outcome);
    curves.push(...outcome.curves.map((curve) => curveText(axis, curve)));
  }
  const [first] = outcomes;
  if (!first) throw new Error("bench: nothing grows");
  const conditions = conditionsFrom(load, first.adapter, `Node ${process.version}`);
  const text = [
    "What a unit of work costs in a training step (sigmoid units, half squared error, SGD) as it grows: a sample, as batches grow; a product of a layer (forward, dW and dX), as layers are added; a million floating-point operations of the products, as layers widen. A cost that rises would bend upward.",
    "",
    ...conditionLines(conditions),
    "- Each axis has a process of its own, in which all places take turns that change each round; a round ends with reading a loss. Overhead is a step with every dispatch empty: JavaScript, validation, encoding and submission, measured after the rounds. Medians, with the fastest and the slowest.",
    "",
    curves.join("\n\n"),
  ].join("\n");
  return {
    section: sectionOn(GROWTH, first.adapter),
    text,
    data: { ...conditions, outcomes },
    complaints: [],
  };
}
