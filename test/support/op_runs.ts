// Runs the cases of an op: all at once on a device, beside the oracle, and one in f64.

import { compile, lower } from "../../src/compile.ts";
import type { HostTensor } from "../../src/core/host_tensor.ts";
import { leavesOf } from "../../src/core/tree.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import type { Program } from "../../src/runtime/program.ts";
import type { Device } from "../../src/runtime/device.ts";
import { WebGpuDevice } from "../../src/runtime/webgpu/webgpu_device.ts";
import { spec, trace, type InputSpec } from "../../src/trace/trace.ts";
import { plainGpu } from "./profiles.ts";
import { messagesOfPlan } from "./wgsl.ts";
import { apply, isDifferentiable, specOf, vjpOf, type Applied } from "./op_case.ts";

export interface Compared {
  /** What the shader compiler says of the program's kernels, for this device and for a plain GPU. */
  readonly messages: readonly string[];
  readonly value: HostTensor;
  readonly gradients: readonly HostTensor[];
  /** The oracle's gradients. */
  readonly expected: readonly HostTensor[];
}

export interface CaseTensors {
  readonly inputs: readonly Tensor[];
  readonly cotangent: Tensor;
}

const isHostTensor = (x: unknown): x is HostTensor => x !== null && typeof x === "object" && "data" in x;

/** What a case's tensors are to a trace. */
export const caseSpecs = (one: Applied) => ({
  inputs: one.inputs.map((input): InputSpec => spec(input.shape, specOf(input).dtype)),
  cotangent: spec(one.cotangent.shape),
});

/** Every case in one program: its value and its gradients. */
export async function runCases(device: Device, cases: readonly Applied[]): Promise<readonly Compared[]> {
  const f = (...tensors: readonly CaseTensors[]) =>
    tensors.map(({ inputs, cotangent }, i) => {
      const one = caseAt(cases, i);
      return [apply(one, inputs), isDifferentiable(one) ? vjpOf(one, inputs, cotangent) : []] as const;
    });
  const program = await compile(device, f as never, ...cases.map(caseSpecs));
  try {
    program.run(...cases.map(({ inputs, cotangent }) => ({ inputs, cotangent })));
    const messages = await messagesAbout(device, program);
    const read = leavesOf<HostTensor>(await program.read(), isHostTensor);
    const inputs = cases.flatMap((one) => [...one.inputs, one.cotangent]);
    const oracle = interpret(program.graph, inputs);
    const results = read.map(({ leaf }, i) => {
      const want = oracle.get(program.graph.outputs[i]?.value.id ?? -1);
      if (!want) throw new Error(`output ${i} has no reference`);
      return { got: leaf, want };
    });
    let next = 0;
    return cases.map((one) => {
      const count = isDifferentiable(one) ? one.inputs.filter((x) => specOf(x).dtype === "f32").length : 0;
      const [value, ...gradients] = results.slice(next, (next += 1 + count));
      if (!value) throw new Error(`${one.title} has no result`);
      return {
        messages,
        value: value.got,
        gradients: gradients.map(({ got }) => got),
        expected: gradients.map(({ want }) => want),
      };
    });
  } finally {
    program.dispose();
  }
}

async function messagesAbout(
  device: Device,
  { graph, plan }: Pick<Program, "graph" | "plan">,
): Promise<string[]> {
  if (!(device instanceof WebGpuDevice)) return [];
  return [...(await messagesOfPlan(device, plan)), ...(await messagesOfPlan(device, lower(graph, plainGpu)))];
}

/** Lists of tensors that `f` makes of one case, in f64. */
export function interpreted(
  one: Applied,
  f: (tensors: CaseTensors) => readonly (readonly Tensor[])[],
): readonly (readonly HostTensor[])[] {
  const lengths: number[] = [];
  const { graph } = trace(
    (tensors: CaseTensors) => {
      const made = f(tensors);
      lengths.push(...made.map(({ length }) => length));
      return made;
    },
    [{ name: "c", specs: caseSpecs(one) }],
  );
  const environment = interpret(graph, [...one.inputs, one.cotangent], "f64");
  const found = graph.outputs.map(({ name, value }) => {
    const tensor = environment.get(value.id);
    if (!tensor) throw new Error(`${name} has no value`);
    return tensor;
  });
  let next = 0;
  return lengths.map((length) => found.slice(next, (next += length)));
}

function caseAt(cases: readonly Applied[], i: number): Applied {
  const one = cases[i];
  if (!one) throw new Error(`there is no case ${i}`);
  return one;
}
