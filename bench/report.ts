// Results in words: Markdown tables under their conditions.

import { cpus, loadavg } from "node:os";
import type { AdapterFacts } from "./adapter.ts";
import { costTable, timeTable } from "./cells.ts";
import { TOLERANCE, type Result } from "./measure.ts";
import { number } from "./table.ts";

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
  /** Of those contenders whose source is there. */
  readonly bundles: readonly Bundle[];
}

export interface Bundle {
  readonly library: string;
  /** Of all scripts, minified and gzipped. */
  readonly bytes: number;
}

/** `loadBefore` is what `currentLoad` gave before the first measurement. */
export function reportOf(
  adapter: AdapterFacts,
  loadBefore: number,
  results: readonly Result[],
  unfinished: readonly string[],
  bundles: readonly Bundle[],
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
    bundles,
  };
}

export const currentLoad = (): number => loadavg()[0] ?? NaN;

export function markdown(report: Report): string {
  const { date, node, cpu, load, adapter, results, unfinished, bundles } = report;
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
    ...(bundles.length > 0 ? [`- ${BUNDLES}: ${bundles.map(sizeOf).join(", ")}.`] : []),
    ...(unfinished.length > 0 ? [`- The time did not suffice for: ${unfinished.join("; ")}.`] : []),
    "",
    timeTable(results),
    "",
    COSTS,
    "",
    costTable(results),
  ].join("\n");
}

const COSTS =
  "The first step with all that it compiles, and, apart from the rounds, what one step costs the host: the time in the call alone, on an idle device (jax-js only notes the work down then); the whole step with every dispatch empty (overhead: JavaScript, validation, encoding and submission); the most that its buffers held at a time, with the data set and pools; and the calls of WebGPU.";

const BUNDLES =
  "All scripts that train as this benchmark does, minified and gzipped (it imports the other libraries whole; a page that imports less may load less)";

const sizeOf = ({ library, bytes }: Bundle): string => `${library} ${number(bytes / 1000)} kB`;

const SOFTWARE = (cores: number): string =>
  `**This adapter is no GPU: it is emulated by software on ${cores} shared cores, and its ratios are not a GPU's.** Absolute times move with whatever else the machine runs.`;
