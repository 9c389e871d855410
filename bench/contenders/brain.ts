// The training step as brain.js runs it on the CPU: one update for each example of the batch, in its order.

import { hostTensor, type HostTensor } from "chainrule";
import { version } from "brain.js/package.json";
import { rowsOf } from "../batch.ts";
import type { Contender, Library } from "../contender.ts";
import { ADAM, learningRates, type DenseWeights, type Problem } from "../nets.ts";

type Brain = typeof import("brain.js");

/** It takes no momentum of zero; times a change of a weight, this vanishes beside the weight. */
const NO_MOMENTUM = 1e-30;

export async function brain(): Promise<Library> {
  const library = await import("brain.js");
  return {
    name: "brain.js",
    version,
    backend: "CPU",
    api: undefined,
    algorithm: "an update for each example",
    lacks: ({ norm }) => (norm ? "it has no layer norm" : undefined),
    create: async (problem) => create(library, problem),
  };
}

function create({ NeuralNetwork }: Brain, problem: Problem): Contender {
  const { sizes, data, batches, optimizer } = problem;
  const network = new NeuralNetwork<Float32Array, Float32Array>({
    inputSize: sizes[0] ?? 0,
    hiddenLayers: sizes.slice(1, -1),
    outputSize: sizes.at(-1) ?? 0,
    activation: "sigmoid",
    learningRate: learningRates[optimizer],
    momentum: NO_MOMENTUM,
    ...(optimizer === "adam" && { praxis: "adam", ...ADAM }),
  });
  network.initialize();
  give(network, problem.layers);
  const resident = batches.map((rows) => {
    const [x, y] = [rowsOf(data.x, rows), rowsOf(data.y, rows)];
    return Array.from(rows, (_, i) => ({ input: row(x, i), output: row(y, i) }));
  });
  let last = NaN;
  let steps = 0;
  return {
    step() {
      const batch = resident[steps++ % resident.length];
      if (!batch) throw new Error("bench: there are no batches");
      // The mean over examples and outputs of the squared error, each from before the example's own update.
      last = 0.5 * (sizes.at(-1) ?? NaN) * network.calculateTrainingError(batch);
    },
    loss: async () => last,
    weights: async () => problem.layers.map((layer, i) => taken(network, layer, i + 1)),
    dispose: async () => {},
  };
}

type Network = Pick<InstanceType<Brain["NeuralNetwork"]>, "biases" | "weights">;

/** Its layers count from 1, and a row of its weights holds what enters one unit: ours, transposed. */
function give(network: Network, layers: readonly DenseWeights[]): void {
  layers.forEach(({ weight, bias }, i) => {
    const [inputs = 0, outputs = 0] = weight.shape;
    network.biases[i + 1]?.set(bias.data);
    network.weights[i + 1]?.forEach((row, unit) => {
      for (let from = 0; from < inputs; from++) row[from] = weight.data[from * outputs + unit] ?? NaN;
    });
  });
}

function taken(network: Network, { weight, bias }: DenseWeights, layer: number): DenseWeights {
  const [, outputs = 1] = weight.shape;
  const rows = network.weights[layer] ?? [];
  const values = Float32Array.from(
    weight.data,
    (_, i) => rows[i % outputs]?.[Math.floor(i / outputs)] ?? NaN,
  );
  return {
    weight: hostTensor(values, weight.shape),
    bias: hostTensor(Float32Array.from(network.biases[layer] ?? []), bias.shape),
  };
}

function row({ data, shape }: HostTensor, i: number): Float32Array {
  const [, width = 0] = shape;
  return Float32Array.from(data.subarray(i * width, (i + 1) * width));
}
