// Results in words: Markdown tables under their conditions.

import { cpus, loadavg } from "node:os";
import type { AdapterFacts } from "./adapter.ts";
import { TOLERANCE, type Result, type Side } from "./measure.ts";
import { number, ratio, spread, table } from "./table.ts";

export interface Report {
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  /** Processes that wanted a core, the mean of a minute: before and after. */
  readonly load: readonly [number, number];
  readonly adapter: AdapterFacts;
  readonly results: readonly Result[];
  /** Nets that the time did not suffice for. */
  readonly unfinished: readonly string[];
}

/** `loadBefore` is what `currentLoad` gave before the first measurement. */
export function reportOf(
  adapter: AdapterFacts,
  loadBefore: number,
  results: readonly Result[],
  unfinished: readonly string[],
): Report {
  const cores = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: `${cores[0]?.model.trim() || process.arch}, ${cores.length} cores`,
    load: [loadBefore, currentLoad()],
    adapter,
    results,
    unfinished,
  };
}

export const currentLoad = (): number => loadavg()[0] ?? NaN;

export function markdown({ date, node, cpu, load, adapter, results, unfinished }: Report): string {
  const kind = [adapter.vendor, adapter.architecture].filter(Boolean).join(" ");
  const [ours = "", ...others] = [
    ...new Set(results.flatMap(({ sides }) => sides.map(({ library }) => library))),
  ];
  return [
    `${ours} against ${others.join(" and ")}, each on its WebGPU back end: a training step (forward, backward and update; SGD unless Adam is named) of a sigmoid network with half squared error, the mean over the batch.`,
    "",
    `- Adapter: ${adapter.name}${kind ? ` (${kind})` : ""}; ${adapter.reason}`,
    `- CPU: ${cpu}; load average ${number(load[0])} before, ${number(load[1])} after; Node ${node}; ${date}`,
    ...(adapter.software ? [`- ${SOFTWARE(cpus().length)}`] : []),
    `- Each net has a process of its own, in which all run on this adapter, in turns that change each round; a round ends with reading its last loss. Milliseconds are medians over the rounds, with the fastest and the slowest.`,
    `- They start from the same weights and see the same batches. A ratio is to ${ours}, and given only where all losses read and the weights agree with its within ${TOLERANCE} relative.`,
    ...(unfinished.length > 0 ? [`- The time did not suffice for: ${unfinished.join("; ")}.`] : []),
    "",
    table(
      [
        "net",
        "library",
        "ms/step",
        "ratio of medians",
        "of the fastest rounds",
        "rounds × steps",
        "relative difference of loss, weights",
      ],
      results.flatMap((result) =>
        result.sides.map((side) => [result.net, side.library, ...timeCells(side, result)]),
      ),
    ),
    "",
    "The first step with all that it compiles, and, apart from the rounds, what one step costs the host: the time in the call alone, on an idle device (jax-js only notes the work down then); the whole step with every dispatch empty (overhead: JavaScript, validation, encoding and submission); the most that its buffers held at a time, with the data set and pools; and the calls of WebGPU.",
    "",
    table(
      [
        "net",
        "library",
        "first step, ms",
        "JavaScript, ms/step",
        "overhead, ms/step",
        "peak GPU memory, MB",
        "dispatches",
        "passes",
        "submits",
        "writes",
        "new buffers",
        "new bind groups",
      ],
      results.flatMap(({ net, sides }) => sides.map((side) => [net, side.library, ...costCells(side)])),
    ),
  ].join("\n");
}

function timeCells(side: Side, { rounds, stepsPerRound }: Result): string[] {
  const { measured, step, difference } = side;
  const time = measured === "in rounds" ? spread(step) : number(step.median);
  const ratios =
    difference && measured !== "skipped"
      ? [ratio(side.ratio, "**"), measured === "in rounds" ? ratio(side.ratioOfFastest) : "–"]
      : ["–", "–"];
  const size = { "in rounds": `${rounds} × ${stepsPerRound}`, once: "once", skipped: "one trial: too slow" };
  const differs = difference && `${difference.loss.toExponential(0)}, ${difference.weights.toExponential(0)}`;
  return [time, ...ratios, size[measured], differs ?? "–"];
}

function costCells({ firstStep, peakBytes, cost }: Side): string[] {
  const memory = number(peakBytes / 1e6);
  const none = (count: number): string[] => Array.from({ length: count }, () => "–");
  if (!cost) return [number(firstStep), ...none(2), memory, ...none(6)];
  const { javascript, overhead, calls } = cost;
  const counts = [
    calls.dispatches,
    calls.passes,
    calls.submits,
    calls.writes,
    calls.buffers,
    calls.bindGroups,
  ];
  return [
    number(firstStep),
    spread(javascript),
    spread(overhead),
    memory,
    ...counts.map((count) => String(Number(count.toFixed(1)))),
  ];
}

const SOFTWARE = (cores: number): string =>
  `**This adapter is no GPU: it is emulated by software on ${cores} shared cores, and its ratios are not a GPU's.** Absolute times move with whatever else the machine runs.`;
