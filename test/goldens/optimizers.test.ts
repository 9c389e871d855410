// The optimizers of the goldens: the same gradients, step by step, through a compiled update.

import {
  compileStep,
  hyper,
  leavesOf,
  mapTree,
  optim,
  spec,
  upload,
  zeros,
  type Device,
  type DeviceTensor,
  type HostTensor,
  type Optimizer,
} from "chainrule";
import { describe, expect, test } from "vitest";
import { expectClose } from "../support/close.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { goldenCases, goldenTensors, rowOf, type GoldenOptimizer } from "../support/goldens.ts";
import { isHostTensor } from "../support/run_on.ts";

const cases = (await goldenCases()).filter((one): one is GoldenOptimizer => one.kind === "optimizer");

test("there are three", () => {
  expect(cases.map(({ id }) => id)).toEqual(["optim/sgd", "optim/momentum", "optim/adam"]);
});

function optimizerOf({ op, lr, attrs: { momentum, betas, eps } }: GoldenOptimizer): Optimizer {
  const learningRate = lr[0] ?? NaN;
  if (op === "adam" && betas && eps !== undefined)
    return optim.adam({ learningRate, beta1: betas[0], beta2: betas[1], epsilon: eps });
  return optim.sgd({ learningRate, ...(momentum === undefined ? {} : { momentum }) });
}

/** What PyTorch calls the slots. */
const slotNames: Readonly<Record<string, string>> = {
  momentum_buffer: "velocity",
  exp_avg: "first",
  exp_avg_sq: "second",
};

async function run(device: Device, one: GoldenOptimizer): Promise<void> {
  const tensor = await goldenTensors(one.file);
  const optimizer = optimizerOf(one);
  const params = Object.fromEntries(one.params.map(({ name, init }) => [name, tensor(init)]));
  const put = (leaf: HostTensor): DeviceTensor => upload(device, leaf);
  const eachParam = <To>(f: (name: string) => To): Record<string, To> =>
    Object.fromEntries(one.params.map(({ name }) => [name, f(name)]));
  const state = {
    params: eachParam((name) => put(params[name] ?? zeros([]))),
    slots: mapTree(optimizer.init(params), isHostTensor, put),
  };
  const program = await compileStep(
    device,
    ({ params, slots }, { gradients, learningRate }) =>
      [{ ...optimizer.update({ params, slots, gradients, learningRate }) }, []] as const,
    state,
    { gradients: eachParam((name) => spec(params[name]?.shape ?? [])), learningRate: hyper() },
  );
  const isDevice = (x: unknown): x is DeviceTensor => x instanceof Object && "buffer" in x;
  const read = async (name: string): Promise<HostTensor> => {
    const found = leavesOf<DeviceTensor>(state, isDevice).find((leaf) => leaf.name === name);
    if (!found) throw new Error(`the state has no ${name}`);
    return found.leaf.read();
  };
  for (let i = 0; i < one.steps; i++) {
    program.run({
      gradients: Object.fromEntries(
        one.params.map(({ name, gradients }) => [name, rowOf(tensor(gradients), i)]),
      ),
      learningRate: one.lr[i],
    });
    for (const golden of one.params)
      expectClose(
        await read(`params.${golden.name}`),
        rowOf(tensor(golden.after), i),
        golden,
        `${golden.name} after step ${i + 1}`,
      );
  }
  for (const golden of one.params)
    for (const [name, want] of Object.entries(golden.state_after))
      expectClose(await read(`slots.${slotNames[name]}.${golden.name}`), tensor(want), golden, name);
  program.dispose();
}

describe.each(cases.map((one) => [one.id, one] as const))("%s", (_, one) => {
  test("cpu", () => run(cpuDevice, one));
  test("wasm", async () => run(await wasmDevice(), one));
  test("gpujs", async () => run(await gpujsDevice(), one));
  test("webgpu", async () => run(await webGpuDevice(), one));
});
