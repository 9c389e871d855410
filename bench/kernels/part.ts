// The benchmark of single kernels: products by their shapes and layouts, softmax and layer norm by their rows.

import { gathered } from "../contestant.ts";
import { conditionLines, conditionsFrom, currentLoad, type Conditions } from "../conditions.ts";
import { paceOf, type Pace } from "../pace.ts";
import type { Part } from "../part.ts";
import type { Place } from "../place.ts";
import { leftOutLines } from "../report.ts";
import { sectionOn, type Section } from "../section.ts";
import { kernels, largeKernels, quickKernels, titleOf, type Kernel } from "./cases.ts";
import { measureKernelApart, type KernelOutcome } from "./isolated.ts";
import { kernelComplaints, kernelTables, LARGEST_ERROR } from "./report.ts";

export const KERNELS: Section = {
  mark: "bench:kernels",
  title: "Benchmark of kernels",
  command: "npm run bench -- --only kernels --write",
};
const ON_CPU: Section = {
  mark: "bench:cpu:kernels",
  title: "Benchmark of kernels on the CPU",
  command: "npm run bench -- --on cpu --only kernels --write",
};

const PACE: Pace = {
  warm: 2,
  rounds: 21,
  fewest: 5,
  budget: 6000,
  once: 4000,
  skip: 10_000,
  longest: 3000,
  sampling: 0,
};
const QUICK: Pace = {
  warm: 1,
  rounds: 3,
  fewest: 3,
  budget: 1000,
  once: 300,
  skip: 1000,
  longest: 300,
  sampling: 0,
};
/** Milliseconds that a quick run may take in all. */
const QUICK_LIMIT = 60_000;

export interface KernelOptions {
  readonly on: Place;
  readonly quick: boolean;
  readonly rounds?: number;
  readonly steps?: number;
  /** All of them, or a quick run's, where none are named. */
  readonly kernels?: readonly Kernel[];
  /** Keys of `kernelLibraries` at that place. */
  readonly contenders: readonly string[];
}

const DEVICE_TIME =
  " On the device: one run by timestamp queries, or CUDA's events, the median of five rounds of many. Of the best: of the table's highest rate there.";
const GPUJS = " gpu.js runs the loop of its manual, an element an invocation, and has no ops for rows.";

/** Throws where the time was up before a kernel was measured. */
export async function measureKernels(options: KernelOptions): Promise<Part> {
  const { on, quick, contenders } = options;
  const load = currentLoad();
  const deadline = quick ? performance.now() + QUICK_LIMIT : Infinity;
  const usual = quick ? QUICK : PACE;
  const pace = paceOf(usual, options);
  const outcomes: KernelOutcome[] = [];
  const unfinished: string[] = [];
  const measureEach = async (those: readonly Kernel[]): Promise<void> => {
    for (const kernel of those) {
      process.stderr.write(`${titleOf(kernel)} …\n`);
      const limit = Math.max(0, deadline - performance.now());
      const outcome = await measureKernelApart({ kernel, on, contenders, pace }, limit);
      if (outcome) outcomes.push(outcome);
      else unfinished.push(titleOf(kernel));
    }
  };
  await measureEach(options.kernels ?? (quick ? quickKernels : kernels));
  const isUsual = !options.kernels && !quick;
  if (isUsual && outcomes[0]?.adapter?.software === false) await measureEach(largeKernels);
  const [first] = outcomes;
  if (!first) throw new Error("bench: the time was up before a kernel was measured. Leave out --quick.");
  const conditions = conditionsFrom(load, first.adapter, `Node ${process.version}`);
  const text = kernelsText(on, conditions, outcomes, unfinished);
  const data = { ...conditions, outcomes, unfinished };
  const section = on === "cpu" ? ON_CPU : sectionOn(KERNELS, first.adapter);
  return { section, text, data, complaints: kernelComplaints(outcomes) };
}

/** What was measured, in Markdown. */
export function kernelsText(
  on: Place,
  conditions: Conditions,
  outcomes: readonly KernelOutcome[],
  unfinished: readonly string[],
): string {
  return [
    "One kernel at a time, on operands that lie ready: products of f32 matrices (T: read transposed), softmax and layer norm of the rows of a matrix.",
    "",
    ...conditionLines(conditions),
    "- Each kernel has a process of its own, in which all take turns that change each round. A round queues runs, none of which can be left out, and ends with reading one element of the last result. Milliseconds a run are medians over the rounds, with the fastest and the slowest.",
    `- GFLOP/s: 2·M·N·K; GB/s: each element read once and written once; by the median.${on === "gpu" ? DEVICE_TIME : ""}${on === "gpu" ? GPUJS : ""} TensorFlow.js's layer norm is moments and arithmetic; jax-js's is standardize.`,
    `- Error: of up to 256 elements from what doubles give, at most ${LARGEST_ERROR}; difference: of all elements from the first library's. Both relative.`,
    ...leftOutLines(gathered(outcomes.map(({ result, leftOut }) => ({ net: result.net, leftOut })))),
    ...(unfinished.length > 0 ? [`- The time did not suffice for: ${unfinished.join("; ")}.`] : []),
    "",
    kernelTables(outcomes),
  ].join("\n");
}
