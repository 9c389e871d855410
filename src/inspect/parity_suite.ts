// Parity of everything the library is made of, on a device: each primitive as a kernel of its own, graphs as they are
// fused, training steps of small networks.

import { lower } from "../compile.ts";
import { table } from "../plan/print.ts";
import type { Device } from "../runtime/device.ts";
import { graphProbes } from "./graph_examples.ts";
import { networkExamples, networkParity } from "./network_examples.ts";
import { opProbes } from "./op_examples.ts";
import { parityOf, type ParityReport, type ParityRow } from "./parity.ts";
import type { Probe } from "./probes.ts";
import { Replica } from "./replica.ts";

export interface SuiteRow {
  readonly kind: "primitive" | "graph" | "training step";
  readonly name: string;
  readonly ok: boolean;
  /** How many values were compared. */
  readonly values: number;
  readonly worst: ParityRow | undefined;
  /** What the device threw instead of numbers. */
  readonly error: string | undefined;
}

export interface SuiteReport {
  readonly ok: boolean;
  readonly rows: readonly SuiteRow[];
  readonly milliseconds: number;
  toString(): string;
}

interface Case {
  readonly kind: SuiteRow["kind"];
  readonly name: string;
  run(device: Device): Promise<ParityReport>;
}

const casesOf = (): readonly Case[] => [
  ...opProbes().map(([name, probe]): Case => ({
    kind: "primitive",
    name,
    run: (device) => probeParity(device, probe, false),
  })),
  ...Object.entries(graphProbes()).map(([name, probe]): Case => ({
    kind: "graph",
    name,
    run: (device) => probeParity(device, probe, true),
  })),
  ...Object.entries(networkExamples()).map(([name, example]): Case => ({
    kind: "training step",
    name,
    run: (device) => networkParity(device, example),
  })),
];

/**
 * Compares with the oracle, on the device, every primitive forward and backward, fused graphs, and steps of training, value
 * by value. What a device cannot run at all is a row that failed, and the others follow. `onRow` is told of each, and of the
 * share that is done, 0…1.
 */
export async function paritySuite(
  device: Device,
  onRow: (row: SuiteRow, done: number) => void = () => undefined,
): Promise<SuiteReport> {
  const started = performance.now();
  const cases = casesOf();
  const rows: SuiteRow[] = [];
  for (const each of cases) {
    const row = await rowOf(device, each);
    rows.push(row);
    onRow(row, rows.length / cases.length);
  }
  return {
    ok: rows.every(({ ok }) => ok),
    rows,
    milliseconds: performance.now() - started,
    toString: () => table(rows.map(cellsOf)).join("\n"),
  };
}

async function rowOf(device: Device, { kind, name, run }: Case): Promise<SuiteRow> {
  try {
    const { ok, rows, worst } = await run(device);
    return { kind, name, ok: ok && rows.length > 0, values: rows.length, worst, error: undefined };
  } catch (error) {
    return { kind, name, ok: false, values: 0, worst: undefined, error: String(error) };
  }
}

async function probeParity(device: Device, { graph, inputs }: Probe, fused: boolean): Promise<ParityReport> {
  const plan = lower(graph, device.profile, { fused, share: false, quick: false });
  const replica = await Replica.on(device, plan, inputs);
  try {
    return await parityOf(replica, graph);
  } finally {
    replica.dispose();
  }
}

const cellsOf = (row: SuiteRow): readonly string[] => [
  row.ok ? "ok" : "FAIL",
  row.kind,
  row.name,
  row.ok ? `relative L2 ${(row.worst?.relativeL2 ?? 0).toExponential(1)}` : describeFailure(row),
];

/** Of a row that is not ok. */
export function describeFailure({ worst, error }: SuiteRow): string {
  if (error !== undefined) return error;
  if (!worst) return "nothing was computed";
  return `${worst.dispatch}: element ${worst.at} is ${worst.got}, not ${worst.expected}`;
}
