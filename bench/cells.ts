// What a side's row says, in words: its times, and what a step costs it.

import type { Result, Side } from "./measure.ts";
import { number, ratio, spread, table } from "./table.ts";

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

export const costTable = (results: readonly Result[]): string =>
  table(
    [
      "net",
      "library",
      "first step, ms",
      "JavaScript, ms/step",
      "overhead, ms/step",
      "peak GPU memory, kB",
      "dispatches",
      "passes",
      "submits",
      "writes",
      "new buffers",
      "new bind groups",
    ],
    results.flatMap(({ net, sides }) => sides.map((side) => [net, side.library, ...costCells(side)])),
  );

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
  const memory = number(peakBytes / 1e3);
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
