// Curves in words: a table each, with bars.

import { NONE, number, ratio, spread, table } from "../table.ts";
import type { Axis } from "./axes.ts";
import { costOf, largestRise, lastToFirst, type Curve } from "./curve.ts";

/** Cells of the longest bar. */
const BAR = 24;

export function curveText({ name, of, unit }: Axis, curve: Curve): string {
  const { library, points, skipped } = curve;
  const costs = points.map((point) => costOf(point));
  const most = Math.max(...costs);
  const rows = points.map(({ at, step, overhead }, i) => {
    const cost = costs[i] ?? NaN;
    const share = overhead && `${number((100 * overhead.median) / step.median)} %`;
    return [
      String(at),
      spread(step),
      number(cost),
      ratio(cost / (costs[0] ?? NaN)),
      overhead ? spread(overhead) : NONE,
      share ?? NONE,
      `\`${bar(cost / most)}\``,
    ];
  });
  const head = [name, "ms/step", `µs/${unit}`, "to the first", "overhead, ms/step", "of the step", "curve"];
  const tooSlow = skipped.map((at) => [
    String(at),
    "skipped: too slow",
    ...Array.from({ length: 5 }, () => NONE),
  ]);
  const last = points.at(-1);
  return [
    `### ${library}: ${name}`,
    "",
    `${of}. At ${last?.at}, a ${unit} costs ${ratio(lastToFirst(curve), "**")} what it costs at ${points[0]?.at} (${ratio(lastToFirst(curve, "min"))} in the fastest rounds); nowhere more than ${ratio(largestRise(curve))} what it costs at a smaller place (${ratio(largestRise(curve, "min"))}).`,
    "",
    table(head, [...rows, ...tooSlow]),
  ].join("\n");
}

const bar = (part: number): string => "█".repeat(Math.max(1, Math.round(BAR * part)));
