// Runs a plan a few times on a device, and the same on the oracle.

import { hostTensor, type HostTensor } from "../../src/core/host_tensor.ts";
import type { HostArray } from "../../src/core/dtype.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Device } from "../../src/runtime/device.ts";
import { upload, type DeviceTensor } from "../../src/runtime/device_tensor.ts";
import { Program } from "../../src/runtime/program.ts";
import { uploadShared } from "../../src/runtime/slabs.ts";

/** Negative zeros as zeros: a sum of one term, which simplify drops, would have made them so. */
export const unsigned = (data: HostArray = new Float32Array()): HostArray => data.map((x: number) => x + 0);

/** What each run gave, and what the states were after the last. */
export interface Results {
  readonly outputs: readonly (readonly HostArray[])[];
  readonly states: readonly HostArray[];
}

export async function runPlan(
  device: Device,
  graph: Graph,
  plan: Plan,
  data: readonly HostTensor[],
  runs = 2,
): Promise<Results> {
  const copies = data.map((source) => hostTensor(source.data.slice(), source.shape));
  const inShared = (_: unknown, i: number): boolean => graph.inputs[i]?.home !== undefined;
  const shared = uploadShared(device, copies.filter(inShared), "shared") as readonly DeviceTensor[];
  let next = 0;
  const inputs = copies.map(
    (source, i) => (inShared(source, i) ? shared[next++] : undefined) ?? upload(device, source),
  );
  const program = await Program.create(device, {
    graph,
    plan,
    outputs: graph.outputs.map((_, i) => i),
    inputs,
  });
  const outputs: HostArray[][] = [];
  for (let run = 0; run < runs; run++) {
    program.run();
    outputs.push(((await program.read()) as HostTensor[]).map((output) => unsigned(output.data)));
  }
  const states = await Promise.all(
    graph.inputs.flatMap(({ kind }, i) => (kind === "state" ? (inputs[i]?.read() ?? []) : [])),
  );
  program.dispose();
  for (const input of inputs) input.dispose();
  return { outputs, states: states.flatMap((state) => (state ? [unsigned(state.data)] : [])) };
}

export function runOracle(graph: Graph, data: readonly HostTensor[], runs = 2, store?: "f64"): Results {
  let current = [...data];
  const outputs: HostArray[][] = [];
  for (let run = 0; run < runs; run++) {
    const environment = interpret(graph, current, store);
    outputs.push(graph.outputs.map(({ value }) => unsigned(environment.get(value.id)?.data)));
    current = graph.inputs.map(({ value }, i) => {
      const update = graph.updates.find(({ state }) => state.id === value.id);
      const next = update && environment.get(update.value.id);
      const old = current[i];
      if (!old) throw new Error(`no data for input ${i}`);
      return next ? { ...next, shape: value.shape } : old;
    });
  }
  return {
    outputs,
    states: current.filter((_, i) => graph.inputs[i]?.kind === "state").map(({ data }) => unsigned(data)),
  };
}
