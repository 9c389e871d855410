// Results in words: Markdown tables under their conditions.

import { costTable, timeTable } from "./cells.ts";
import { conditionLines, type Conditions } from "./conditions.ts";
import type { LeftOut } from "./contestant.ts";
import type { Result } from "./measure.ts";
import { TOLERANCE } from "./side.ts";
import { number } from "./table.ts";

export interface Report extends Conditions {
  readonly results: readonly Result[];
  /** Nets that the time did not suffice for. */
  readonly unfinished: readonly string[];
  /** Who was to take part and could not. */
  readonly leftOut: readonly LeftOut[];
  /** Of those contenders whose source is there. */
  readonly bundles: readonly Bundle[];
}

export interface Bundle {
  readonly library: string;
  /** Of all scripts, minified and gzipped. */
  readonly bytes: number;
}

export function markdown(report: Report): string {
  const { results, unfinished, leftOut, bundles } = report;
  const [ours = "", ...others] = [
    ...new Set(results.flatMap(({ sides }) => sides.map(({ library }) => library))),
  ];
  return [
    `${ours} against ${listed(others)}: a training step (forward, backward and update; SGD unless Adam is named) of a sigmoid network with half squared error, the mean over the batch; a layer norm, where named, is before the sigmoid of each hidden layer.`,
    "",
    ...conditionLines(report),
    `- Each net has a process of its own, in which all take turns that change each round${report.adapter ? "; those that use a GPU use this adapter" : ""}. A round ends with reading its last loss. Milliseconds are medians over the rounds, with the fastest and the slowest.`,
    `- They start from the same weights and see the same batches. A ratio is to ${ours}, and given only where all losses read and the weights agree with its within ${TOLERANCE} relative; where another algorithm is named instead, it is the ratio of the times for as many examples.`,
    ...leftOutLines(leftOut),
    ...(bundles.length > 0 ? [`- ${BUNDLES}: ${bundles.map(sizeOf).join(", ")}.`] : []),
    ...(unfinished.length > 0 ? [`- The time did not suffice for: ${unfinished.join("; ")}.`] : []),
    "",
    timeTable(results),
    "",
    report.adapter ? COSTS : "The first step with all that it compiles.",
    "",
    costTable(results),
  ].join("\n");
}

/** An item of a list, where somebody was left out. */
export const leftOutLines = (leftOut: readonly LeftOut[]): string[] =>
  leftOut.length > 0
    ? [`- Left out: ${leftOut.map(({ title, reason }) => `${title} (${reason})`).join(", ")}.`]
    : [];

const listed = (names: readonly string[]): string =>
  [names.slice(0, -1).join(", "), ...names.slice(-1)].filter(Boolean).join(" and ");

const COSTS =
  "The first step with all that it compiles, and, apart from the rounds, what one step costs the host: the time in the call alone, on an idle device (a library may only note the work down then); the whole step with every dispatch empty (overhead: JavaScript, validation, encoding and submission); the most that it held on the GPU at a time, with the data set and pools; and the calls of WebGPU (of WebGL: drawElements, texSubImage2D and createTexture as dispatches, writes and new buffers).";

const BUNDLES =
  "All scripts, and a binary, that train as this benchmark does, minified and gzipped (it imports the other libraries whole; a page that imports less may load less)";

const sizeOf = ({ library, bytes }: Bundle): string => `${library} ${number(bytes / 1000)} kB`;
