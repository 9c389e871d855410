// Every kernel of a training step, for each kind of device, compiles without a message. Those of single ops are checked
// where the ops are (test/support/op_runs.ts).

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { Random } from "../../src/core/random.ts";
import { loss, nn, optim, type Layer, type Loss, type Optimizer } from "../../src/index.ts";
import { resident, spec, hyper, traceStep } from "../../src/trace/trace.ts";
import { zeros, hostTensor } from "../../src/core/host_tensor.ts";
import { trainStep } from "../../src/train/step.ts";
import { webGpuDevice } from "../support/device.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { messagesOfPlan } from "../support/wgsl.ts";

function stepOf(model: Layer, lossOf: Loss, optimizer: Optimizer): Graph {
  const params = model.init(new Random(1));
  const state = {
    params,
    layers: model.state?.() ?? {},
    slots: optimizer.init(params),
    ring: zeros([8, 1]),
    step: hostTensor(new Uint32Array(1), []),
  };
  const inputs = {
    x: resident([40, 12]),
    y: resident([40, 10]),
    rows: spec([20], "u32"),
    learningRate: hyper(),
  };
  return traceStep(trainStep(model, lossOf, optimizer), state as never, [{ name: "", specs: inputs }]).graph;
}

const sgd = optim.sgd({ learningRate: 0.1 });
const steps: readonly (readonly [string, () => Graph])[] = [
  ["the textbook's network", () => stepOf(nn.textbookNetwork(12, 9, 10), loss.halfSquaredError, sgd)],
  [
    "momentum",
    () =>
      stepOf(
        nn.textbookNetwork(12, 10),
        loss.halfSquaredError,
        optim.sgd({ learningRate: 0.1, momentum: 0.9 }),
      ),
  ],
  [
    "relu, softmax and Adam",
    () =>
      stepOf(
        nn.sequential(nn.dense(12, 9), nn.relu(), nn.dense(9, 10)),
        loss.softmaxCrossEntropy,
        optim.adam({ learningRate: 0.1 }),
      ),
  ],
  [
    "tanh and cross-entropy",
    () => stepOf(nn.sequential(nn.dense(12, 10), nn.tanh()), loss.binaryCrossEntropy, sgd),
  ],
];

test.each(steps)("a step of %s", async (_, graphOf) => {
  const device = await webGpuDevice();
  const graph = graphOf();
  const seen = new Set<string>();
  for (const profile of [device.profile, plainSoftware, plainGpu])
    for (const fused of [true, false])
      expect(await messagesOfPlan(device, lower(graph, profile, { fused }), seen)).toEqual([]);
  expect(seen.size).toBeGreaterThan(4);
});
