// Results in words: Markdown tables, and the marked section of a document.

import { cpus, loadavg } from "node:os";
import type { AdapterFacts } from "./adapter.ts";
import { TOLERANCE, type Result } from "./measure.ts";
import type { Spread } from "./statistics.ts";

export interface Report {
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  /** Processes that wanted a core, the mean of a minute: before and after. */
  readonly load: readonly [number, number];
  readonly adapter: AdapterFacts;
  readonly results: readonly Result[];
}

/** `loadBefore` is what `currentLoad` gave before the first measurement. */
export function reportOf(adapter: AdapterFacts, loadBefore: number, results: readonly Result[]): Report {
  const cores = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: `${cores[0]?.model.trim() || process.arch}, ${cores.length} cores`,
    load: [loadBefore, currentLoad()],
    adapter,
    results,
  };
}

export const currentLoad = (): number => loadavg()[0] ?? NaN;

export function markdown({ date, node, cpu, load, adapter, results }: Report): string {
  const kind = [adapter.vendor, adapter.architecture].filter(Boolean).join(" ");
  const [ours = "", theirs = ""] = results[0]?.sides.map(({ library }) => library) ?? [];
  const steps = results.map((result) => [
    result.net,
    spread(result.sides[0].step),
    spread(result.sides[1].step),
    ratio(result.ratio, "**"),
    ratio(result.ratioOfFastest),
    `${result.rounds} × ${result.stepsPerRound}`,
    `${result.difference.loss.toExponential(0)}, ${result.difference.weights.toExponential(0)}`,
  ]);
  const costs = results.flatMap(({ net, sides }) =>
    sides.map(({ library, firstStep, javascript, calls }) => [
      net,
      library,
      number(firstStep),
      spread(javascript),
      ...[calls.dispatches, calls.passes, calls.submits, calls.writes, calls.buffers, calls.bindGroups].map(
        (count) => String(Number(count.toFixed(1))),
      ),
    ]),
  );
  return [
    `${ours} against ${theirs} (webgpu backend): a training step (forward, backward and SGD) of a sigmoid network with half squared error, the mean over the batch.`,
    "",
    `- Adapter: ${adapter.name}${kind ? ` (${kind})` : ""}; ${adapter.reason}`,
    `- CPU: ${cpu}; load average ${number(load[0])} before, ${number(load[1])} after; Node ${node}; ${date}`,
    ...(adapter.software ? [`- ${SOFTWARE(cpus().length)}`] : []),
    `- Both run in one process on this adapter, in turns, the order swapped each round; a round ends with reading its last loss. Milliseconds are medians over the rounds, with the fastest and the slowest.`,
    `- They start from the same weights and see the same batches. A ratio is given only where all losses read and the final weights agree within ${TOLERANCE} relative.`,
    "",
    table(
      [
        "net",
        `${ours}, ms/step`,
        `${theirs}, ms/step`,
        "ratio of medians",
        "of the fastest rounds",
        "rounds × steps",
        "relative difference of loss, weights",
      ],
      steps,
    ),
    "",
    "Ahead of the rounds, the first step with all that it compiles (later nets may reuse kernels); after them, untimed, what one step costs the host: the time in the call alone, on an idle device, and the calls of WebGPU.",
    "",
    table(
      [
        "net",
        "library",
        "first step, ms",
        "JavaScript, ms/step",
        "dispatches",
        "passes",
        "submits",
        "writes",
        "new buffers",
        "new bind groups",
      ],
      costs,
    ),
  ].join("\n");
}

const SOFTWARE = (cores: number): string =>
  `**This adapter is no GPU: it is emulated by software on ${cores} shared cores, and its ratios are not a GPU's.** Absolute times move with whatever else the machine runs.`;

const number = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

const ratio = (value: number | undefined, mark = ""): string =>
  value === undefined ? "none: they differ" : `${mark}${number(value)}×${mark}`;

const spread = ({ median, min, max }: Spread): string => `${number(median)} (${number(min)}–${number(max)})`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

const BEGIN = "<!-- bench:start -->";
const END = "<!-- bench:end -->";

/** The document with the section between the marks replaced, or appended where there is none. */
export function withSection(document: string, text: string): string {
  const section = `${BEGIN}\n\n## Benchmark\n\nWritten by \`npm run bench -- --write\`.\n\n${text}\n\n${END}`;
  const from = document.indexOf(BEGIN);
  const to = document.indexOf(END, from);
  if (from >= 0 && to >= 0) return document.slice(0, from) + section + document.slice(to + END.length);
  return `${document.trimEnd()}\n\n${section}\n`.trimStart();
}
