// Every op of the goldens, forward and backward, on the CPU and on WebGPU. The cases of a file are one program.

import { compile, leavesOf, spec, valueAndGrad, type Device, type HostTensor, type Tensor } from "chainrule";
import { describe, expect, test } from "vitest";
import { expectClose } from "../support/close.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { goldenCases, goldenTensors, type GoldenOp } from "../support/goldens.ts";
import { isHostTensor } from "../support/run_on.ts";
import { goldenOps, type Inputs } from "./ops.ts";

/** Cases that cannot run, and why. */
const cannot: Readonly<Record<string, string>> = {};

const all = await goldenCases();
const ops = all.filter((one): one is GoldenOp => one.kind === "op");
const runnable = ops.filter(({ id }) => !(id in cannot));

test("every case is run, or named with its reason", () => {
  expect(all.length).toBe(168);
  expect(all.filter(({ kind }) => !["op", "optimizer", "train"].includes(kind))).toEqual([]);
  expect(ops.filter(({ op }) => !(op in goldenOps)).map(({ id }) => id)).toEqual(Object.keys(cannot));
});

/** One case's tensors, in a trace and outside. */
interface Given<Leaf> {
  readonly inputs: Readonly<Record<string, Leaf>>;
  readonly cotangent: readonly Leaf[];
}

function givenOf(one: GoldenOp, tensor: (name: string) => HostTensor): Given<HostTensor> {
  const inputs = Object.fromEntries(one.inputs.map(({ name, tensor: from }) => [name, tensor(from)]));
  const cotangent = one.outputs.flatMap(({ cotangent }) =>
    cotangent === undefined ? [] : [tensor(cotangent)],
  );
  return { inputs, cotangent };
}

const specsOf = ({ inputs, cotangent }: Given<HostTensor>) => ({
  inputs: Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]) => [
      name,
      spec(shape, dtype === "i32" ? "i32" : "f32"),
    ]),
  ),
  cotangent: cotangent.map(({ shape }) => spec(shape)),
});

/** [y, …gradients in the manifest's order]. */
function traced(one: GoldenOp, { inputs, cotangent: [ct] }: Given<Tensor>): Tensor[] {
  const f = goldenOps[one.op];
  if (!f) throw new Error(`there is no ${one.op}`);
  const y = f(inputs, one.attrs);
  if (!ct || one.grads.length === 0) return [y];
  const by = Object.fromEntries(one.grads.map(({ name }) => [name, inputs[name] ?? y]));
  const weighed = (x: Inputs): Tensor =>
    f({ ...inputs, ...x }, one.attrs)
      .mul(ct)
      .sum();
  const [, gradients] = valueAndGrad<[Inputs]>(weighed)(by);
  return [y, ...one.grads.map(({ name }) => gradients[name] ?? y)];
}

/** Results of all cases of a file: for each what `traced` gives. */
async function runFile(device: Device, cases: readonly GoldenOp[]): Promise<Map<string, HostTensor[]>> {
  const tensor = await goldenTensors(cases[0]?.file ?? "");
  const given = cases.map((one) => givenOf(one, tensor));
  const f = (...tensors: readonly Given<Tensor>[]) =>
    cases.map((one, i) => traced(one, tensors[i] ?? { inputs: {}, cotangent: [] }));
  const program = await compile(device, f, ...given.map(specsOf));
  program.run(...given);
  const results = await program.read();
  program.dispose();
  return new Map(
    cases.map(({ id }, i) => [
      id,
      leavesOf<HostTensor>(results[i] ?? [], isHostTensor).map(({ leaf }) => leaf),
    ]),
  );
}

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["cpu", async () => cpuDevice],
  ["wasm", wasmDevice],
  ["gpujs", gpujsDevice],
  ["webgpu", webGpuDevice],
];

/** Each case of a reduction is a kernel or two. Of a mean and a minimum, they are those of a sum and a maximum but for a word. */
const alike = ["mean", "min"];

describe.each(devices)("%s", (name, open) => {
  const here = runnable.filter(({ op }) => name !== "webgpu" || !alike.includes(op));
  for (const file of new Set(here.map(({ file }) => file))) {
    const cases = here.filter((one) => one.file === file);
    let run: Promise<Map<string, HostTensor[]>> | undefined;
    const results = async () => (run ??= runFile(await open(), cases));
    test.for(cases.map((one) => [one.id, one] as const))("%s", async ([id, one]) => {
      const tensor = await goldenTensors(file);
      const [y, ...gradients] = (await results()).get(id) ?? [];
      const [out] = one.outputs;
      if (!y || !out) throw new Error(`${id} has no result`);
      expectClose(y, tensor(out.tensor), out);
      expect(gradients.length).toBe(one.grads.length);
      one.grads.forEach((golden, i) =>
        expectClose(gradients[i] ?? y, tensor(golden.tensor), golden, `gradient of ${golden.name}`),
      );
    });
  }
});
