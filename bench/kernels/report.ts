// The kernels' results in words: one table for products, one for rows.

import { timeCells } from "../cells.ts";
import { agrees } from "../side.ts";
import { NONE, number, table } from "../table.ts";
import { bytesOf, flopsOf, titleOf } from "./cases.ts";
import type { KernelOutcome } from "./isolated.ts";

/** Results may be this far from the exact ones, relative. */
export const LARGEST_ERROR = 1e-5;

const columns = [
  "ms",
  "ratio of medians",
  "of the fastest rounds",
  "rounds × runs",
  "first run, ms",
  "error, difference",
];

export function kernelTables(outcomes: readonly KernelOutcome[]): string {
  const of = (products: boolean): readonly KernelOutcome[] =>
    outcomes.filter(({ kernel }) => (kernel.kind === "matmul") === products);
  const tables = [
    { head: "product, M×N×K", rate: "GFLOP/s", of: of(true) },
    { head: "rows", rate: "GB/s", of: of(false) },
  ];
  return tables
    .filter((each) => each.of.length > 0)
    .map((each) => table([each.head, "library", each.rate, ...columns], each.of.flatMap(rowsOf)))
    .join("\n\n");
}

function rowsOf({ kernel, result, errors }: KernelOutcome): string[][] {
  const work = kernel.kind === "matmul" ? flopsOf(kernel) : bytesOf(kernel);
  return result.sides.map((side, i) => {
    const rate = work / (side.step.median * 1e6);
    const error = (errors[i] ?? NaN).toExponential(0);
    const difference = side.difference?.weights.toExponential(0) ?? NONE;
    const cells = [...timeCells(side, result).slice(0, -1), number(side.firstStep)];
    return [titleOf(kernel), side.library, threeDigits(rate), ...cells, `${error}, ${difference}`];
  });
}

const threeDigits = (rate: number): string => (rate >= 100 ? rate.toFixed(0) : rate.toPrecision(3));

/** Who gave wrong results, or others than the first side. */
export function kernelComplaints(outcomes: readonly KernelOutcome[]): string[] {
  return outcomes.flatMap(({ kernel, result, errors }) =>
    result.sides.flatMap(({ library, difference }, i) => {
      const error = errors[i] ?? NaN;
      // Written so that NaN is wrong.
      const right = error <= LARGEST_ERROR && (!difference || agrees(difference));
      if (right) return [];
      const from = difference ? ` and ${difference.weights} from ${result.sides[0]?.library}'s` : "";
      return [
        `${titleOf(kernel)}: ${library}'s result differs by ${error} from the exact one${from}, relative.`,
      ];
    }),
  );
}
