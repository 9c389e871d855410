// Compares every value of a run, device against oracle, from a plan in which each value has a buffer of its own.

import type { HostTensor } from "../core/host_tensor.ts";
import { interpret } from "../oracle/interpret.ts";
import { formatOps, formatSpec } from "../graph/print.ts";
import { Replica, type Inspected } from "./replica.ts";

export interface ParityRow {
  /** The kernel that made the value, and its position in the plan. */
  readonly dispatch: string;
  readonly spec: string;
  /** Largest |device − oracle|, and where. */
  readonly maxError: number;
  readonly at: number;
  /** The largest |oracle|, for scale. */
  readonly scale: number;
  /** ‖device − oracle‖ / ‖oracle‖; the absolute norm where the oracle is 0. */
  readonly relativeL2: number;
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
    const oracle = interpret(program.graph, replica.inputs);
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
  } finally {
    replica.dispose();
  }
}

function difference(got: HostTensor, expected: HostTensor) {
  let maxError = 0;
  let at = 0;
  let scale = 0;
  let errorSquares = 0;
  let squares = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const y = expected.data[i] ?? NaN;
    const x = got.data[i] ?? NaN;
    const error = Object.is(x, y) || x === y ? 0 : Math.abs(x - y);
    // A NaN on one side only is the largest error there is.
    if (!(error <= maxError)) [maxError, at] = [Number.isNaN(error) ? Infinity : error, i];
    scale = Math.max(scale, Math.abs(y));
    errorSquares += Number.isNaN(error) ? Infinity : error * error;
    squares += Number.isFinite(y) ? y * y : 0;
  }
  return { maxError, at, scale, relativeL2: Math.sqrt(squares > 0 ? errorSquares / squares : errorSquares) };
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
