// Markdown tables, and the numbers in their cells.

import type { Spread } from "./statistics.ts";

/** For what there is not, or what was not measured. */
export const NONE = "–";

export function number(value: number): string {
  if (value > 0 && value < 0.01) return value.toPrecision(1);
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export const ratio = (value: number | undefined, mark = ""): string =>
  value === undefined ? "none: they differ" : `${mark}${number(value)}×${mark}`;

export const spread = ({ median, min, max }: Spread): string =>
  `${number(median)} (${number(min)}–${number(max)})`;

/** The first column is words, the others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}
