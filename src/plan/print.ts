// A plan as a table that a person can read and a test can snapshot.

import { aliases } from "../graph/graph.ts";
import type { Value } from "../graph/op.ts";
import { formatOps, formatSpec, valueNames } from "../graph/print.ts";
import { kernelKey } from "./kernel.ts";
import type { Dispatch, Plan } from "./plan.ts";

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

const formatFlops = (flops: number): string =>
  flops < 1e6 ? `${flops} FLOP` : `${(flops / 1e6).toFixed(1)} MFLOP`;

const count = (n: number, noun: string, plural = "s"): string => `${n} ${noun}${n === 1 ? "" : plural}`;

/** Names of the values that dispatches read and write, in the order of the table; an alias has that of what it is. */
export function namesIn({ graph, dispatches }: Plan): (value: Value) => string {
  const names = valueNames(graph);
  const root = aliases(graph);
  const nameOf = (value: Value): string => names(root(value));
  for (const { reads, writes } of dispatches) for (const value of [...reads, ...writes]) nameOf(value);
  return nameOf;
}

/** One line of totals, then one a dispatch: phase, ops, kernel, grid, what it reads, and what it writes where. */
export function printPlan(plan: Plan): string {
  const nameOf = namesIn(plan);
  const { temporaries, unplanned, inputs } = plan.memory;
  const kernels = new Set(plan.dispatches.map(({ kernel }) => kernelKey(kernel)));
  const head =
    `${count(plan.dispatches.length, "dispatch", "es")}, ${count(kernels.size, "kernel")}, ${count(plan.residuals.size, "residual")}; ` +
    `inputs ${formatBytes(inputs)}, temporaries ${formatBytes(temporaries)} (unplanned ${formatBytes(unplanned)})`;
  const place = (value: Value): string => {
    const buffer = plan.buffers[plan.place.get(value.id) ?? -1];
    const source = plan.inPlace.get(value.id);
    const over = source ? ` over ${nameOf(source)}` : "";
    const kept = plan.residuals.has(value.id) ? " kept" : "";
    return `${nameOf(value)}: ${formatSpec(value)} in ${buffer?.name ?? "?"}${over}${kept}`;
  };
  const row = ({ node, kernel, reads, writes }: Dispatch, i: number): string[] => [
    String(i),
    node.phase,
    formatOps(node),
    kernel.shader.name,
    kernel.grid[1] === 1 ? String(kernel.grid[0]) : kernel.grid.join("×"),
    reads.map(nameOf).join(" "),
    writes.map(place).join(", "),
  ];
  return [
    head,
    ...recomputed(plan),
    ...table([["#", "phase", "ops", "kernel", "grid", "reads", "writes"], ...plan.dispatches.map(row)]),
  ].join("\n");
}

function recomputed({ recomputation }: Plan): string[] {
  if (!recomputation) return [];
  const { dispatches, bytesSaved, flopsAdded } = recomputation;
  const bytes = `${formatBytes(Math.abs(bytesSaved))} ${bytesSaved < 0 ? "more" : "less"}`;
  return [
    `checkpoints: ${count(dispatches.length, "dispatch", "es")} recompute; temporaries take ${bytes}, ` +
      `a run ${formatFlops(flopsAdded)} more`,
  ];
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
