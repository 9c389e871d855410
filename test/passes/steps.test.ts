// How many kernels a training step is, planned for a GPU: no device is needed.

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { hostTensor, zeros } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { softmaxCrossEntropy } from "../../src/loss/index.ts";
import { dense, layerNorm, relu, sequential, sigmoid, type Layer } from "../../src/nn/index.ts";
import { adam, adamW, sgd, type Optimizer } from "../../src/optim/index.ts";
import { trainStep } from "../../src/train/step.ts";
import { hyper, resident, spec, traceStep } from "../../src/trace/trace.ts";
import { checkBindings, checkContents } from "../plan/check_plan.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";

/** A step on batches of 256 rows of bytes, with labels. */
function stepOf(model: Layer, optimizer: Optimizer): Graph {
  const params = model.init(new Random(0));
  const state = {
    params,
    layers: {},
    slots: optimizer.init(params),
    ring: zeros([128, 1]),
    step: hostTensor(new Uint32Array(1), []),
  };
  const inputs = {
    x: resident([1000, 784], "u8"),
    y: resident([1000], "u32"),
    rows: spec([256], "u32"),
    learningRate: hyper(),
  };
  const step = trainStep(model, softmaxCrossEntropy, optimizer, { scale: 1 / 255 });
  return traceStep(step, state as never, [{ name: "", specs: inputs }]).graph;
}

const plain = (): Layer => sequential(dense(784, 128), relu(), dense(128, 10));
const normed = (): Layer => sequential(dense(784, 128), layerNorm(128), sigmoid(), dense(128, 10));
const rate = { learningRate: 0.001 };

// Forward, a kernel a product and one a norm; the loss with its gradient, and its mean in the ring; backward, one a
// product's inputs, one a norm's, one a product's weights and bias, one a norm's. Where a stage has few storage buffers,
// the updates that do not fit are kernels too.
test.each<[string, () => Layer, Optimizer, number, number]>([
  ["784-128-10, sgd", plain, sgd(rate), 8, 7],
  ["784-128-10, adam", plain, adam(rate), 8, 10],
  ["784-128-10, adam", plain, adam(rate), 12, 7],
  ["784-128-10, adamW", plain, adamW(rate), 13, 7],
  ["784-128-10 with a layer norm, sgd", normed, sgd(rate), 8, 10],
  ["784-128-10 with a layer norm, adam", normed, adam(rate), 8, 14],
  ["784-128-10 with a layer norm, adam", normed, adam(rate), 12, 10],
])("%s", (_, model, optimizer, storageBuffers, dispatches) => {
  const graph = stepOf(model(), optimizer);
  for (const profile of [plainGpu, plainSoftware]) {
    const limits = { ...profile.limits, maxStorageBuffersPerShaderStage: storageBuffers };
    const plan = lower(graph, { ...profile, limits });
    checkBindings(plan);
    checkContents(plan);
    expect(plan.dispatches.length).toBe(dispatches);
  }
});
