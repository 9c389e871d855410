// The training runs of the goldens: 50 steps of the textbook's network on digits, batch by batch.

import {
  compile,
  compileStep,
  hostTensor,
  hyper,
  loss,
  mapTree,
  nn,
  optim,
  spec,
  upload,
  valueAndGrad,
  type Device,
  type DeviceTensor,
  type HostTensor,
  type Tensor,
  type Tree,
} from "chainrule";
import { describe, expect, test } from "vitest";
import { expectClose } from "../support/close.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { goldenCases, goldenTensors, type GoldenTraining } from "../support/goldens.ts";
import { isHostTensor } from "../support/run_on.ts";

const cases = (await goldenCases()).filter((one): one is GoldenTraining => one.kind === "train");

test("there are four", () => {
  expect(cases.map(({ id }) => id.replace("train/textbook-", ""))).toEqual([
    "sgd-online",
    "sgd-batchsum",
    "sgd-batchmean",
    "momentum",
  ]);
});

const model = nn.textbookNetwork(64, 16, 10);

/** Where the model keeps what the manifest names: a dense layer, then its activation. */
const layerOf = {
  w1: ["0", "weight"],
  theta1: ["0", "threshold"],
  w2: ["2", "weight"],
  theta2: ["2", "threshold"],
};
type Name = keyof typeof layerOf;
type Params<Leaf> = Readonly<Record<string, Readonly<Record<string, Leaf>>>>;

function leafOf<Leaf>(params: Params<Leaf>, name: string): Leaf {
  const [layer = "", parameter = ""] = layerOf[name as Name];
  const found = params[layer]?.[parameter];
  if (found === undefined) throw new Error(`the model has no ${name}`);
  return found;
}

// A type, not an interface: those are no trees, whose keys must be strings of any name.
type Batch = Readonly<Record<"x" | "y" | "rows", Tensor>>;

async function run(device: Device, one: GoldenTraining): Promise<void> {
  const tensor = await goldenTensors(one.file);
  const { reduction, batch, momentum, lr } = one.attrs;
  const init = (name: Name): HostTensor =>
    tensor(one.params.find((param) => param.name === name)?.init ?? "");
  const first: Params<HostTensor> = {
    0: { weight: init("w1"), threshold: init("theta1") },
    1: {},
    2: { weight: init("w2"), threshold: init("theta2") },
    3: {},
  };
  const lossOf = (params: Params<Tensor>, { x, y, rows }: Batch): Tensor => {
    const [prediction] = model.apply(params, {}, x.gather(rows), { training: true });
    return loss.halfSquaredError(prediction, y.gather(rows), {
      reduction: reduction === "sum" ? "sum" : "mean",
    });
  };
  const optimizer = optim.sgd({ learningRate: lr, ...(momentum === undefined ? {} : { momentum }) });
  const onDevice = (tree: Tree<HostTensor>): Tree<DeviceTensor> =>
    mapTree(tree, isHostTensor, (leaf) => upload(device, leaf));
  const params = onDevice(first) as Params<DeviceTensor>;
  const { x, y } = digits(tensor);
  const data = { x: upload(device, x), y: upload(device, y), rows: spec([batch], "i32") };
  const rowsAt = (i: number): Int32Array =>
    Int32Array.from(tensor(one.batches).data.subarray(i * batch, (i + 1) * batch));

  const gradient = await compile(device, valueAndGrad(lossOf), params, data);
  gradient.run(undefined, { rows: rowsAt(0) });
  const [, gradients] = (await gradient.read()) as readonly [HostTensor, Params<HostTensor>];
  for (const { name, grad_step1 } of one.params)
    expectClose(leafOf(gradients, name), tensor(grad_step1.tensor), grad_step1, `gradient of ${name}`);

  interface State {
    readonly params: Params<Tensor>;
    readonly slots: Tree<Tensor>;
  }
  const step = (
    { params, slots }: State,
    { learningRate, ...batch }: Batch & { readonly learningRate: Tensor },
  ) => {
    const [value, gradients] = valueAndGrad(lossOf)(params, batch);
    return [optimizer.update({ params, gradients, slots, learningRate }), value] as const;
  };
  const state = { params, slots: onDevice(optimizer.init(first)) };
  const program = await compileStep(device, step, state, { ...data, learningRate: hyper() });
  const losses = new Float32Array(one.steps);
  for (let i = 0; i < one.steps; i++) {
    program.run({ rows: rowsAt(i), learningRate: lr });
    losses[i] = await program.outputs.item();
    for (const { name, after } of one.params) {
      const golden = after[i + 1];
      if (golden)
        expectClose(
          await leafOf(params, name).read(),
          tensor(golden.tensor),
          golden,
          `${name} after step ${i + 1}`,
        );
    }
  }
  expectClose(hostTensor(losses, [one.steps]), tensor(one.losses.tensor), one.losses, "losses");
  gradient.dispose();
  program.dispose();
}

/** Sixteenths of ink as 0…1, and labels as rows with a 1 each. */
function digits(tensor: (name: string) => HostTensor): { x: HostTensor; y: HostTensor } {
  const ink = tensor("digits.x_u8");
  const labels = tensor("digits.y_i32");
  const rows = new Float32Array(labels.data.length * 10);
  labels.data.forEach((label: number, row: number) => (rows[row * 10 + label] = 1));
  return {
    x: hostTensor(
      Float32Array.from(ink.data, (x) => x / 16),
      ink.shape,
    ),
    y: hostTensor(rows, [labels.data.length, 10]),
  };
}

describe.each(cases.map((one) => [one.id, one] as const))("%s", (_, one) => {
  test("cpu", () => run(cpuDevice, one));
  test("wasm", async () => run(await wasmDevice(), one));
  test("gpujs", async () => run(await gpujsDevice(), one));
  test("webgpu", async () => run(await webGpuDevice(), one));
});

test("after 1, 5, 10, 25 and 50 steps", () => {
  for (const { params } of cases)
    for (const { after } of params) expect(Object.keys(after)).toEqual(["1", "5", "10", "25", "50"]);
});
