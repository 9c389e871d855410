import { expect, test } from "vitest";
import { lower } from "../../../src/compile.ts";
import { cpuProfile } from "../../../src/graph/profile.ts";
import { dense, layerNorm, relu, sequential, tanh } from "../../../src/nn/index.ts";
import { catalogue } from "../../../src/ops/build.ts";
import { adam, adamW, sgd } from "../../../src/optim/index.ts";
import { hasText, isAtHome } from "../../../src/runtime/gpujs/coverage.ts";
import { missedBy } from "../../../src/runtime/gpujs/executable.ts";
import { sigmoidNetwork, stepGraph } from "../../support/step_graph.ts";

test("every op of the catalogue has a kernel, or is done in JavaScript's memory by choice", () => {
  const ops = Object.values(catalogue).filter((op) => !op.alias);
  expect(ops.length).toBeGreaterThan(25);
  const without = ops.map(({ name }) => name).filter((name) => !hasText(name) && !isAtHome(name));
  // Made of others, before they are looked for.
  expect(without).toEqual(["logSoftmax", "softmax"]);
});

test.each([
  ["SGD", sgd({ learningRate: 1 })],
  ["momentum", sgd({ learningRate: 1, momentum: 0.5 })],
  ["Adam", adam({ learningRate: 1 })],
  ["AdamW", adamW({ learningRate: 1, weightDecay: 0.1 })],
])("a training step misses no kernel: %s", (_, optimizer) => {
  const deep = sequential(dense(6, 5), tanh(), layerNorm(5), dense(5, 4), relu(), dense(4, 3));
  for (const model of [sigmoidNetwork(6, 5, 3), deep])
    expect(missedBy(lower(stepGraph(model, [6, 3], { batch: 4, optimizer }), cpuProfile))).toEqual([]);
});
