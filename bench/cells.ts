// What a side's row says, in words: its times, and what a step costs it.

import { CALLS } from "./api.ts";
import type { Result } from "./measure.ts";
import type { Side } from "./side.ts";
import { NONE, number, ratio, spread, table } from "./table.ts";

export const timeTable = (results: readonly Result[]): string =>
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
  );

/** Only the first step where nothing else was sampled, as on the CPU. */
export function costTable(results: readonly Result[]): string {
  const isSampled = results.some(({ sides }) => sides.some(({ cost }) => cost));
  const columns = isSampled ? ["first step, ms", ...SAMPLED] : ["first step, ms"];
  const cells = (side: Side): string[] => costCells(side).slice(0, columns.length);
  return table(
    ["net", "library", ...columns],
    results.flatMap(({ net, sides }) => sides.map((side) => [net, side.library, ...cells(side)])),
  );
}

const SAMPLED = [
  "JavaScript, ms/step",
  "overhead, ms/step",
  "peak GPU memory, kB",
  "dispatches",
  "passes",
  "submits",
  "writes",
  "new buffers",
  "new bind groups",
];

/** Time, both ratios, how often it was measured, and how far it is from the first side. */
export function timeCells(side: Side, { rounds, stepsPerRound }: Result): string[] {
  const { measured, step, difference, algorithm } = side;
  const time = measured === "in rounds" ? spread(step) : number(step.median);
  // Bold is for those that compute the same.
  const mark = algorithm === undefined ? "**" : "";
  const ratios =
    (difference || algorithm !== undefined) && measured !== "skipped"
      ? [ratio(side.ratio, mark), measured === "in rounds" ? ratio(side.ratioOfFastest) : NONE]
      : [NONE, NONE];
  const size = { "in rounds": `${rounds} × ${stepsPerRound}`, once: "once", skipped: "one trial: too slow" };
  const differs = difference && `${difference.loss.toExponential(0)}, ${difference.weights.toExponential(0)}`;
  return [time, ...ratios, size[measured], differs ?? algorithm ?? NONE];
}

function costCells({ firstStep, peakBytes, cost }: Side): string[] {
  const { javascript, overhead, calls } = cost ?? {};
  return [
    number(firstStep),
    javascript ? spread(javascript) : NONE,
    overhead ? spread(overhead) : NONE,
    peakBytes === undefined ? NONE : number(peakBytes / 1e3),
    ...CALLS.map((call) => {
      const count = calls?.[call];
      return count === undefined ? NONE : String(Number(count.toFixed(1)));
    }),
  ];
}
