// What CI gates on for the nets of the benchmark: counts, which are the same on every machine. Times it only reports.

import { describe, expect, test } from "vitest";
import { ADAM, nameOf, nets, type Net, type OptimizerName } from "../../bench/nets.ts";
import { lower } from "../../src/compile.ts";
import { hostTensor, zeros } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import type { Profile } from "../../src/graph/profile.ts";
import { halfSquaredError } from "../../src/loss/index.ts";
import { dense, sequential, sigmoid } from "../../src/nn/index.ts";
import { adam, sgd } from "../../src/optim/index.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { trainStep } from "../../src/train/step.ts";
import { hyper, resident, spec, traceStep } from "../../src/trace/trace.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { withSharedState } from "../support/shared_state.ts";

/** The step that the benchmark measures, planned. Its data set has four batches. */
function planOf({ sizes, batchSize }: Net, optimizerName: OptimizerName, profile: Profile): Plan {
  const model = sequential(
    ...sizes.slice(1).flatMap((outputs, i) => [dense(sizes[i] ?? 0, outputs), sigmoid()]),
  );
  const optimizer =
    optimizerName === "sgd" ? sgd({ learningRate: 0.5 }) : adam({ learningRate: 0.001, ...ADAM });
  const params = model.init(new Random(0));
  const state = {
    params,
    layers: {},
    slots: optimizer.init(params),
    ring: zeros([128, 1]),
    step: hostTensor(new Uint32Array(1), []),
  };
  const inputs = {
    x: resident([4 * batchSize, sizes[0] ?? 0]),
    y: resident([4 * batchSize, sizes.at(-1) ?? 0]),
    rows: spec([batchSize], "u32"),
    learningRate: hyper(),
  };
  const step = trainStep(model, halfSquaredError, optimizer);
  const { graph } = traceStep(step, state as never, [{ name: "", specs: inputs }]);
  return lower(optimizerName === "sgd" ? graph : withSharedState(graph), profile);
}

/**
 * Bytes that a step by SGD needs on the device:
 * - inputs: 4·(weights and biases + 128 losses + a step counter + 4·batch·(inputs + outputs) + batch row numbers + a rate);
 * - temporaries: 4·batch·(all hidden units + the widest hidden layer + outputs). The activations of the hidden layers are
 *   kept for the backward pass; the prediction lies where the first gradient of a hidden layer will, once the loss is
 *   recorded; each further one takes the place of the activations above it, which were read last; the gradient of the
 *   prediction has a place of its own. No buffer holds a gradient of a weight or a bias.
 */
const bytes: Readonly<Record<string, { readonly inputs: number; readonly temporaries: number }>> = {
  "2-8-1, batch 4": { inputs: 860, temporaries: 272 },
  "64-32-10, batch 32": { inputs: 48_176, temporaries: 9_472 },
  "784-128-10, batch 32": { inputs: 814_256, temporaries: 34_048 },
  "784-128-10, batch 256": { inputs: 3_660_848, temporaries: 272_384 },
  "256-512-512-512-10, batch 64": { inputs: 2_921_264, temporaries: 526_848 },
  "256-512-512-512-10, batch 256": { inputs: 3_739_184, temporaries: 2_107_392 },
  "784-128-10, batch 2048": { inputs: 26_433_584, temporaries: 2_179_072 },
  "784-128-10, batch 8192": { inputs: 104_511_536, temporaries: 8_716_288 },
};

/**
 * On a GPU the sum of so many losses takes two dispatches, and the gradient of a layer over so long a batch is cut into parts
 * (src/passes/split_totals.ts, split_sums.ts): adding up those of the weights and those of the biases are two dispatches
 * more. At 2048 that is the last layer's. The parts overwrite no weights, so they come before the hidden gradient, which
 * then takes the place of the activations: 4·batch·(hidden + 2·outputs) + 4·128 parts of the loss, where those of the
 * biases lie later. At 8192 it is both: 4·batch·(hidden + outputs), four parts of the first layer's weights, which lie
 * where the prediction was, and what is smaller.
 */
const split: Readonly<Record<string, { readonly dispatches: number; readonly temporaries: number }>> = {
  "784-128-10, batch 2048": { dispatches: 9, temporaries: 1_212_928 },
  "784-128-10, batch 8192": { dispatches: 11, temporaries: 6_128_256 },
};

describe.each([plainGpu, plainSoftware])("planned for $name", (profile) => {
  const bySgd = nets.filter(({ optimizers }) => optimizers.includes("sgd"));
  test.each(bySgd.map((net) => [nameOf(net), net] as const))("%s, sgd", (name, net) => {
    const { dispatches, memory } = planOf(net, "sgd", profile);
    const { inputs, temporaries } = memory;
    expect({ dispatches: dispatches.length, inputs, temporaries }).toEqual({
      dispatches: 3 * (net.sizes.length - 1),
      ...bytes[name],
      ...(profile.kind === "gpu" ? split[name] : {}),
    });
  });

  // Adam rewrites a weight from five tensors. Where a stage binds only the eight buffers that WebGPU guarantees, the trainer
  // keeps parameters and moments in one, so that the update is in the kernel of the gradient as it is with SGD.
  test.each([
    [7, 6],
    [8, 6],
  ])("784-128-10, batch 256, adam with %i storage buffers", (count, dispatches) => {
    const limits = { ...profile.limits, maxStorageBuffersPerShaderStage: count };
    const net = { sizes: [784, 128, 10], batchSize: 256 };
    expect(planOf(net, "adam", { ...profile, limits }).dispatches.length).toBe(dispatches);
  });
});
