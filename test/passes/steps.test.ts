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
import { withSharedState } from "../support/shared_state.ts";

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
// product's inputs, one a norm's, one a product's weights and bias, one a norm's. An update is in the kernel of its
// gradient: that binds what it updates once, where it lies in one buffer.
test.each<[string, () => Layer, Optimizer, number, number]>([
  ["784-128-10, sgd, 8 storage buffers", plain, sgd(rate), 8, 7],
  ["784-128-10, adam, 8 storage buffers", plain, adam(rate), 8, 7],
  ["784-128-10, adamW, 8 storage buffers", plain, adamW(rate), 8, 7],
  ["784-128-10 with a layer norm, sgd, 8 storage buffers", normed, sgd(rate), 8, 10],
  ["784-128-10 with a layer norm, adam, 8 storage buffers", normed, adam(rate), 8, 10],
  ["784-128-10 with a layer norm, adamW, 8 storage buffers", normed, adamW(rate), 8, 10],
])("%s", (_, model, optimizer, storageBuffers, dispatches) => {
  // As the trainer does for optimizers of several slots.
  const graph =
    optimizer.name === "sgd" ? stepOf(model(), optimizer) : withSharedState(stepOf(model(), optimizer));
  for (const profile of [plainGpu, plainSoftware]) {
    const limits = { ...profile.limits, maxStorageBuffersPerShaderStage: storageBuffers };
    const plan = lower(graph, { ...profile, limits });
    checkBindings(plan);
    checkContents(plan);
    expect(plan.dispatches.length).toBe(dispatches);
  }
});
