// Where the time of a step goes: each dispatch timed by itself, beside the work and the bytes it has to move, and beside
// what the device could do of either at best.

import { formatOps } from "../graph/print.ts";
import { table } from "../plan/print.ts";
import type { Dispatch } from "../plan/plan.ts";
import { byteLengthOf } from "../plan/memory.ts";
import { median, repeatsOf, warmUp } from "../runtime/timing.ts";
import { ceilingsOf } from "./ceilings.ts";
import { Replica, type Inspected } from "./replica.ts";
import { roofOver, type Ceilings, type Roof } from "./roofline.ts";

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
  /** Arithmetic intensity: FLOPs for each byte. */
  readonly flopsPerByte: number;
  /** Undefined without ceilings. */
  readonly bound: Roof["bound"] | undefined;
  readonly ofCeiling: Roof["ofCeiling"] | undefined;
}

export interface ProfileReport {
  readonly rows: readonly ProfileRow[];
  readonly ceilings: Ceilings | undefined;
  /** Of all dispatches, one after the other; the step itself may overlap them. */
  readonly milliseconds: number;
  toString(): string;
}

export interface ProfileOptions {
  /** How often each dispatch is timed. */
  readonly rounds?: number;
  /**
   * What the device could do at best. True, the default, measures it the first time: a second at most on a GPU, a few on a
   * software adapter. False leaves it out, and numbers of your own go in its place.
   */
  readonly ceilings?: boolean | Ceilings;
}

/**
 * Times every dispatch of a program on copies of its present inputs: by timestamp queries where the device has them,
 * else by the clock. Short ones are repeated in a row, so their operands may be in caches.
 */
export async function profile(
  program: Inspected,
  { rounds = 5, ceilings: wanted = true }: ProfileOptions = {},
): Promise<ProfileReport> {
  const ceilings = wanted === true ? await ceilingsOf(program.device) : wanted || undefined;
  const replica = await Replica.of(program, {});
  try {
    const timed: Omit<ProfileRow, "share">[] = [];
    replica.bound.run();
    await warmUp(replica.bound, 0, program.device.profile);
    for (const [i, dispatch] of replica.plan.dispatches.entries()) {
      const repeats = await repeatsOf(replica.bound, i);
      const times: number[] = [];
      for (let round = 0; round < rounds; round++)
        times.push((await replica.bound.time(i, repeats)) / repeats);
      timed.push(rowOf(i, dispatch, median(times), ceilings));
    }
    return report(timed, ceilings);
  } finally {
    replica.dispose();
  }
}

function rowOf(
  i: number,
  dispatch: Dispatch,
  milliseconds: number,
  ceilings: Ceilings | undefined,
): Omit<ProfileRow, "share"> {
  const { node, kernel } = dispatch;
  const bytes = bytesOf(dispatch);
  const roof = ceilings && roofOver(ceilings, { flops: kernel.flops, bytes, milliseconds });
  return {
    dispatch: `#${i} ${formatOps(node)}`,
    kernel: kernel.shader.name,
    milliseconds,
    flops: kernel.flops,
    bytes,
    gigaflopsPerSecond: kernel.flops / milliseconds / 1e6,
    gigabytesPerSecond: bytes / milliseconds / 1e6,
    flopsPerByte: kernel.flops / bytes,
    bound: roof?.bound,
    ofCeiling: roof?.ofCeiling,
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

function report(timed: readonly Omit<ProfileRow, "share">[], ceilings: Ceilings | undefined): ProfileReport {
  const milliseconds = timed.reduce((sum, row) => sum + row.milliseconds, 0);
  const rows = timed.map((row) => ({ ...row, share: row.milliseconds / milliseconds }));
  return { rows, ceilings, milliseconds, toString: () => print(rows, ceilings) };
}

const threeDigits = (rate: number): string => String(Number(rate.toPrecision(3)));
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function print(rows: readonly ProfileRow[], ceilings: Ceilings | undefined): string {
  const head = ["dispatch", "kernel", "ms", "share", "GFLOP/s", "GB/s", "FLOP/B"];
  const cells = rows.map((row) => [
    row.dispatch,
    row.kernel,
    row.milliseconds.toFixed(3),
    percent(row.share),
    row.gigaflopsPerSecond.toFixed(2),
    row.gigabytesPerSecond.toFixed(2),
    row.flopsPerByte.toFixed(1),
    ...(row.ofCeiling === undefined ? [] : [`${percent(row.ofCeiling)} ${row.bound}`]),
  ]);
  if (!ceilings) return table([head, ...cells]).join("\n");
  const [compute, memory] = [ceilings.gigaflopsPerSecond, ceilings.gigabytesPerSecond].map(threeDigits);
  const line = `ceilings: compute ${compute} GFLOP/s, memory ${memory} GB/s`;
  return [...table([[...head, "of ceiling"], ...cells]), line].join("\n");
}
