// The graph of a training step, without a device or data.

import { hostTensor, zeros } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { halfSquaredError } from "../../src/loss/index.ts";
import { dense, sequential, sigmoid, type Layer } from "../../src/nn/index.ts";
import type { Optimizer } from "../../src/optim/index.ts";
import { trainStep } from "../../src/train/step.ts";
import { hyper, resident, spec, traceStep } from "../../src/trace/trace.ts";

/** Dense sigmoid layers from `sizes[0]` inputs to the last of `sizes`. */
export const sigmoidLayers = (...sizes: readonly number[]): Layer[] =>
  sizes.slice(1).flatMap((outputs, i) => [dense(sizes[i] ?? 0, outputs), sigmoid()]);

export const sigmoidNetwork = (...sizes: readonly number[]): Layer => sequential(...sigmoidLayers(...sizes));

/** Half squared error of `inputs` → `outputs`; the data set has `batches` batches. */
export function stepGraph(
  model: Layer,
  [inputs, outputs]: readonly [number, number],
  { batch, batches = 4, optimizer }: { batch: number; batches?: number; optimizer: Optimizer },
): Graph {
  const params = model.init(new Random(0));
  const state = {
    params,
    layers: model.state?.() ?? {},
    slots: optimizer.init(params),
    ring: zeros([128, 1]),
    step: hostTensor(new Uint32Array(1), []),
  };
  const given = {
    x: resident([batches * batch, inputs]),
    y: resident([batches * batch, outputs]),
    rows: spec([batch], "u32"),
    learningRate: hyper(),
  };
  return traceStep(trainStep(model, halfSquaredError, optimizer), state as never, [
    { name: "", specs: given },
  ]).graph;
}
