// Whether a device computes what it should: small kernels, planned and run as a program's are, against the oracle.

import { lower } from "../compile.ts";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import type { Graph } from "../graph/graph.ts";
import type { Value } from "../graph/op.ts";
import { interpret, type Environment } from "../oracle/interpret.ts";
import { table } from "../plan/print.ts";
import type { Device } from "../runtime/device.ts";
import { difference, type Difference } from "./difference.ts";
import { probeKernels, probeProfile, type Probe } from "./probes.ts";
import { probeStep } from "./probe_step.ts";
import { Replica } from "./replica.ts";

/** How far the device's value is from the known one. */
export interface SelfTestRow extends Difference {
  /** What was computed. */
  readonly name: string;
  readonly ok: boolean;
}

export interface SelfTestReport {
  /** True where the device computed everything right. */
  readonly ok: boolean;
  /** What follows from a single kernel comes first: of the rows that fail, the first says most. */
  readonly rows: readonly SelfTestRow[];
  readonly milliseconds: number;
  toString(): string;
}

/** Of a tensor's largest element. A wrong kernel is off by far more; the rounding of sums, and a driver's exp, by less. */
const TOLERANCE = 1e-5;
const STEPS = 3;

/**
 * Runs some thirty small kernels of every kind and three training steps on the device, and compares what they give with
 * the reference in plain loops. Whole numbers must agree exactly. Throws what the device throws where it runs none of it.
 */
export async function selfTest(device: Device): Promise<SelfTestReport> {
  const started = performance.now();
  const [kernels, steps] = await Promise.all([
    examine(device, probeKernels(device.profile), 1),
    examine(device, probeStep(), STEPS),
  ]);
  const rows = [...kernels, ...steps];
  return {
    ok: rows.every(({ ok }) => ok),
    rows,
    milliseconds: performance.now() - started,
    toString: () => table(rows.map(cellsOf)).join("\n"),
  };
}

/** A row for each output after so many runs, and for each state. */
async function examine(
  device: Device,
  { graph, inputs }: Probe,
  runs: number,
): Promise<readonly SelfTestRow[]> {
  const plan = lower(graph, probeProfile(device.profile), { quick: false });
  const replica = await Replica.on(device, plan, inputs);
  try {
    for (let run = 0; run < runs; run++) replica.bound.run();
    const known = interpretRuns(graph, inputs, runs);
    const expected = resultsOf(graph, runs);
    // Passes may have given a result another value; the order stays.
    const made = resultsOf(plan.graph, runs);
    return await Promise.all(
      expected.map(async ({ name, value }, i): Promise<SelfTestRow> => {
        const answer = known.get(value.id);
        const output = made[i];
        if (!answer || !output) throw new ChainruleError(`self-test: ${name} has no answer.`);
        const found = difference(await replica.read(output.value), answer);
        const tolerance = value.dtype === "f32" ? TOLERANCE * found.scale : 0;
        return { name, ok: found.maxError <= tolerance, ...found };
      }),
    );
  } finally {
    replica.dispose();
  }
}

function resultsOf({ inputs, outputs, updates }: Graph, runs: number) {
  const nameOf = ({ id }: Value) => inputs.find(({ value }) => value.id === id)?.name ?? "state";
  const states = updates.map(({ state, value }) => ({
    name: `${runs} training steps: ${nameOf(state)}`,
    value,
  }));
  return [...outputs, ...states];
}

/** All values of the last of several runs, each of which goes on from the state that the one before left. */
function interpretRuns(graph: Graph, inputs: readonly HostTensor[], runs: number): Environment {
  let given = inputs;
  for (let run = 1; ; run++) {
    const values = interpret(graph, given);
    if (run === runs) return values;
    const next = new Map(graph.updates.map(({ state, value }) => [state.id, values.get(value.id)]));
    given = graph.inputs.map(({ value }, i) => next.get(value.id) ?? (given[i] as HostTensor));
  }
}

const cellsOf = ({ ok, name, maxError, at, got, expected }: SelfTestRow): readonly string[] => [
  ok ? "ok" : "FAIL",
  name,
  ok ? `off by ${maxError.toExponential(1)}` : `element ${at} is ${got}, not ${expected}`,
];
