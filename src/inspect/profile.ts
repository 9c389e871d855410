// Where the time of a step goes: each dispatch timed by itself, beside the work and the bytes it has to move.

import { formatOps } from "../graph/print.ts";
import { table } from "../plan/print.ts";
import type { Dispatch } from "../plan/plan.ts";
import { byteLengthOf } from "../plan/memory.ts";
import { Replica, type Inspected } from "./replica.ts";

export interface ProfileRow {
  readonly dispatch: string;
  /** The shader's name. */
  readonly kernel: string;
  /** Of one run, the median of several. */
  readonly milliseconds: number;
  /** Of all dispatches' time, 0…1. */
  readonly share: number;
  /** Floating-point operations, products and sums counted singly. */
  readonly flops: number;
  /** Bytes read and written if each value travels once. */
  readonly bytes: number;
  readonly gigaflopsPerSecond: number;
  readonly gigabytesPerSecond: number;
}

export interface ProfileReport {
  readonly rows: readonly ProfileRow[];
  /** Of all dispatches, one after the other; the step itself may overlap them. */
  readonly milliseconds: number;
  toString(): string;
}

export interface ProfileOptions {
  /** How often each dispatch is timed. */
  readonly rounds?: number;
}

/** Long enough for a clock that ticks in tenths of a millisecond. */
const LONG_ENOUGH_MS = 4;
const MOST_REPEATS = 256;

/**
 * Times every dispatch of a program on copies of its present inputs: by timestamp queries where the device has them,
 * else by the clock. Short ones are repeated in a row, so their operands may be in caches.
 */
export async function profile(
  program: Inspected,
  { rounds = 5 }: ProfileOptions = {},
): Promise<ProfileReport> {
  const replica = await Replica.of(program, {});
  try {
    const timed: Omit<ProfileRow, "share">[] = [];
    replica.bound.run();
    for (const [i, dispatch] of replica.plan.dispatches.entries()) {
      const once = await replica.bound.time(i, 1);
      const repeats = Math.min(MOST_REPEATS, Math.max(1, Math.ceil(LONG_ENOUGH_MS / Math.max(once, 1e-3))));
      const times: number[] = [];
      for (let round = 0; round < rounds; round++)
        times.push((await replica.bound.time(i, repeats)) / repeats);
      timed.push(rowOf(i, dispatch, median(times)));
    }
    return report(timed);
  } finally {
    replica.dispose();
  }
}

const median = (times: readonly number[]): number =>
  [...times].sort((p, q) => p - q)[Math.floor(times.length / 2)] ?? NaN;

function rowOf(i: number, dispatch: Dispatch, milliseconds: number): Omit<ProfileRow, "share"> {
  const { node, kernel } = dispatch;
  const bytes = bytesOf(dispatch);
  return {
    dispatch: `#${i} ${formatOps(node)}`,
    kernel: kernel.shader.name,
    milliseconds,
    flops: kernel.flops,
    bytes,
    gigaflopsPerSecond: kernel.flops / milliseconds / 1e6,
    gigabytesPerSecond: bytes / milliseconds / 1e6,
  };
}

/** A set whose rows are picked counts by the rows. */
function bytesOf({ node, reads, writes }: Dispatch): number {
  const gathers = (node.body ?? [node]).filter(({ op }) => op.name === "gather");
  const sets = new Set(gathers.map(({ inputs }) => inputs[0]?.id));
  const whole = [
    ...reads.filter(({ id }) => !sets.has(id)),
    ...gathers.flatMap(({ outputs }) => outputs),
    ...writes,
  ];
  return whole.reduce((sum, value) => sum + byteLengthOf(value), 0);
}

function report(timed: readonly Omit<ProfileRow, "share">[]): ProfileReport {
  const milliseconds = timed.reduce((sum, row) => sum + row.milliseconds, 0);
  const rows = timed.map((row) => ({ ...row, share: row.milliseconds / milliseconds }));
  const head = ["dispatch", "kernel", "ms", "share", "GFLOP/s", "GB/s"];
  const cells = rows.map((row) => [
    row.dispatch,
    row.kernel,
    row.milliseconds.toFixed(3),
    `${(100 * row.share).toFixed(0)} %`,
    row.gigaflopsPerSecond.toFixed(2),
    row.gigabytesPerSecond.toFixed(2),
  ]);
  return { rows, milliseconds, toString: () => table([head, ...cells]).join("\n") };
}
