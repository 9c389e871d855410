// Compares every value of a run, device against oracle, from a plan in which each value has a buffer of its own.

import { formatOps, formatSpec } from "../graph/print.ts";
import type { Graph } from "../graph/graph.ts";
import { difference, type Difference } from "./difference.ts";
import { Replica, type Inspected } from "./replica.ts";

/** Of the device's value from the oracle's. */
export interface ParityRow extends Difference {
  /** The kernel that made the value, and its position in the plan. */
  readonly dispatch: string;
  readonly spec: string;
}

export interface ParityReport {
  /** True where every value agrees within the tolerance, relative L2. */
  readonly ok: boolean;
  readonly rows: readonly ParityRow[];
  readonly worst: ParityRow | undefined;
  toString(): string;
}

export interface ParityOptions {
  /** Relative L2 error that each value may have. f32 sums of length K err by about 6e-8·√K. */
  readonly tolerance?: number;
  /** False checks every op as a kernel of its own, true (the default) the kernels that the program runs. */
  readonly fused?: boolean;
}

/**
 * Runs the program's step once more, on copies of its present inputs, kernel by kernel, and compares each value that a
 * kernel writes with the oracle's: the untransformed graph, op by op, in f32 with f64 accumulators.
 */
export async function parity(
  program: Inspected,
  { tolerance = 1e-5, fused = true }: ParityOptions = {},
): Promise<ParityReport> {
  const replica = await Replica.of(program, { fused, share: false });
  try {
    return await parityOf(replica, program.graph, tolerance);
  } finally {
    replica.dispose();
  }
}

/** The same of a replica whose values have a buffer each; `graph` is as it was traced. */
export async function parityOf(replica: Replica, graph: Graph, tolerance = 1e-5): Promise<ParityReport> {
  const { interpret } = await import("../oracle/interpret.ts");
  const oracle = interpret(graph, replica.inputs);
  const rows: ParityRow[] = [];
  for (const [i, { node, writes }] of replica.plan.dispatches.entries()) {
    replica.bound.runDispatch(i);
    for (const value of writes) {
      const expected = oracle.get(value.id);
      if (!expected) continue;
      const found = difference(await replica.read(value), expected);
      rows.push({ dispatch: `#${i} ${formatOps(node)}`, spec: formatSpec(value), ...found });
    }
  }
  return report(rows, tolerance);
}

function report(rows: readonly ParityRow[], tolerance: number): ParityReport {
  const worst = [...rows].sort((p, q) => q.relativeL2 - p.relativeL2)[0];
  const lines = rows.map(
    ({ dispatch, spec, relativeL2, maxError }) =>
      `${relativeL2 <= tolerance ? "ok  " : "FAIL"} ${dispatch}  ${spec}  relative L2 ${relativeL2.toExponential(1)}, largest error ${maxError.toExponential(1)}`,
  );
  return {
    ok: rows.every(({ relativeL2 }) => relativeL2 <= tolerance),
    rows,
    worst,
    toString: () => lines.join("\n"),
  };
}
