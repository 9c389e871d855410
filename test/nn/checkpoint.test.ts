// Layers whose activations are computed again: the same parameters, the same training, to the bit.

import { describe, expect, test } from "vitest";
import { tensor } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import { leavesOf } from "../../src/core/tree.ts";
import { halfSquaredError } from "../../src/loss/index.ts";
import { checkpoint, checkpointSequential, sequential, type Layer } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import { isDeviceTensor, type DeviceTensor } from "../../src/runtime/device_tensor.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { cpuDevice } from "../support/device.ts";
import { sigmoidLayers } from "../support/step_graph.ts";
import { examples } from "../train/networks.ts";

const layers = () => sigmoidLayers(5, 4, 4, 4, 3);

/** Parameters by name after two epochs. */
async function trained(model: Layer) {
  const trainer = await createTrainer(cpuDevice, {
    model,
    loss: halfSquaredError,
    optimizer: sgd({ learningRate: 1 }),
    batchSize: 8,
    seed: 7,
  });
  const set = examples(20);
  for await (const _ of trainer.fit(set, { epochs: 2 }));
  const program = await trainer.program(set);
  const found = { params: await trainer.params(), recomputation: program.plan.recomputation };
  await trainer.dispose();
  return found;
}

const models: readonly (readonly [string, () => Layer])[] = [
  ["a network", () => checkpoint(sequential(...layers()))],
  ["two segments", () => checkpointSequential(2, ...layers())],
  ["more segments than layers", () => checkpointSequential(20, ...layers())],
  ["segments within a network", () => checkpoint(checkpointSequential(4, ...layers()))],
];

describe.each(models)("%s", (_, model) => {
  test("has the parameters of the plain network, and trains as it does", async () => {
    expect(model().init(new Random(3))).toEqual(sequential(...layers()).init(new Random(3)));
    const [plain, again] = [await trained(sequential(...layers())), await trained(model())];
    expect(again.params).toEqual(plain.params);
    expect(plain.recomputation).toBeUndefined();
    expect(again.recomputation).toBeDefined();
  });
});

test("each layer's state goes to that layer and comes back", async () => {
  /** Adds its count to x, and counts on. */
  const counter = (by: number): Layer => ({
    name: "counter",
    init: () => ({}),
    state: () => ({ count: tensor(by) }),
    apply: (_, state, x) => {
      const count = state["count"] as Tensor;
      return [x.add(count), { count: count.add(by) }];
    },
  });
  const [first, ...rest] = layers();
  if (!first) throw new Error("layers");
  const model = () => [first, counter(1), ...rest, counter(10)];
  const countsOf = async (made: Layer) => {
    const options = {
      model: made,
      loss: halfSquaredError,
      optimizer: sgd({ learningRate: 1 }),
      batchSize: 8,
    };
    const trainer = await createTrainer(cpuDevice, { ...options, seed: 7 });
    for await (const _ of trainer.fit(examples(16), { epochs: 2 }));
    const counts = leavesOf<DeviceTensor>(trainer.state.layers, isDeviceTensor);
    const found = await Promise.all(counts.map(({ leaf }) => leaf.item()));
    await trainer.dispose();
    return found;
  };
  for (const made of [
    sequential(...model()),
    checkpointSequential(3, ...model()),
    checkpoint(sequential(...model())),
  ])
    expect(await countsOf(made)).toEqual([1 + 4, 10 + 40]);
});

test("segments must be a positive number of them", () => {
  expect(() => checkpointSequential(0, ...layers())).toThrow(/^checkpointSequential: segments is 0\. Use/);
});
