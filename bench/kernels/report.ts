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

/** With what a run takes on the device itself, where a side of any kernel can tell. */
export function kernelTables(outcomes: readonly KernelOutcome[]): string {
  const timed = outcomes.some(({ deviceTimes }) => deviceTimes.some((time) => time !== undefined));
  const tables = [
    {
      head: "product, M×N×K",
      rate: "GFLOP/s",
      of: outcomes.filter(({ kernel }) => kernel.kind === "matmul"),
    },
    { head: "rows", rate: "GB/s", of: outcomes.filter(({ kernel }) => kernel.kind !== "matmul") },
  ];
  return tables
    .filter((each) => each.of.length > 0)
    .map(({ head, rate, of }) => {
      const best = Math.max(
        ...of.flatMap((outcome) => outcome.deviceTimes.map((time) => rateIn(outcome, time))),
      );
      const device = timed ? ["on the device, ms", `${rate} there`, "of the best there"] : [];
      const rows = of.flatMap((outcome) => rowsOf(outcome, timed ? best : undefined));
      return table([head, "library", rate, ...columns, ...device], rows);
    })
    .join("\n\n");
}

/** In 10⁹ a second; 0 where the time is not known. */
function rateIn({ kernel }: KernelOutcome, milliseconds: number | undefined): number {
  const work = kernel.kind === "matmul" ? flopsOf(kernel) : bytesOf(kernel);
  return milliseconds === undefined ? 0 : work / (milliseconds * 1e6);
}

/** `best` is the table's highest rate on a device. */
function rowsOf(outcome: KernelOutcome, best: number | undefined): string[][] {
  const { kernel, result, errors, deviceTimes } = outcome;
  return result.sides.map((side, i) => {
    const error = (errors[i] ?? NaN).toExponential(0);
    const difference = side.difference?.weights.toExponential(0) ?? NONE;
    const cells = [
      ...timeCells(side, result).slice(0, -1),
      number(side.firstStep),
      `${error}, ${difference}`,
    ];
    const device = best === undefined ? [] : deviceCells(outcome, deviceTimes[i], best);
    const rate = threeDigits(rateIn(outcome, side.step.median));
    return [titleOf(kernel), side.library, rate, ...cells, ...device];
  });
}

function deviceCells(outcome: KernelOutcome, time: number | undefined, best: number): string[] {
  if (time === undefined) return [NONE, NONE, NONE];
  const rate = rateIn(outcome, time);
  return [time.toPrecision(3), threeDigits(rate), `${((100 * rate) / best).toFixed(0)} %`];
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
