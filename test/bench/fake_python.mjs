#!/usr/bin/env node
// Stands for a Python with PyTorch: speaks the benchmark's protocol, and "trains" by adding 1 to all weights in a step.
// A step's loss is the first number of its batch, of x plus of y.

import { createInterface } from "node:readline";

/** @typedef {{ shape: number[], data: string }} Packed */
/**
 * @typedef {object} Problem
 * @property {Record<string, Packed>[]} layers
 * @property {{ x: Packed, y: Packed }[]} batches
 */

/** @type {(packed: Packed) => Float32Array} */
const unpack = ({ data }) => new Float32Array(Uint8Array.from(Buffer.from(data, "base64")).buffer);

/** @type {(packed: Packed, change: number) => Packed} */
const moved = (packed, change) => {
  const values = unpack(packed).map((value) => value + change);
  return { shape: packed.shape, data: Buffer.from(values.buffer).toString("base64") };
};

/** @type {Map<number, { problem: Problem, made: number }>} */
const trainings = new Map();

/** The operands of each, by number. A run's result is the first one plus 1, its first element the number of runs.
 * @type {Map<number, Packed[]>} */
const kernels = new Map();

/** @param {number} id */
function trainingOf(id) {
  const training = trainings.get(id);
  if (!training) throw new Error(`there is no training ${id}`);
  return training;
}

/** @type {Record<string, (message: { device: string, id: number, count: number, problem: Problem, inputs: Packed[] }) => object>} */
const answers = {
  open: ({ device }) =>
    device === "cuda" ? { version: "2.0-fake", name: "a GPU" } : { absent: "Python has no torch" },
  create({ id, problem }) {
    trainings.set(id, { problem, made: 0 });
    return {};
  },
  create_kernel({ id, inputs }) {
    kernels.set(id, inputs);
    return {};
  },
  steps({ id, count }) {
    const kernel = kernels.get(id);
    if (kernel) return { loss: count };
    const training = trainingOf(id);
    training.made += count;
    const { batches } = training.problem;
    const { x, y } = batches[(training.made - 1) % batches.length] ?? {};
    const loss = x && y ? (unpack(x)[0] ?? NaN) + (unpack(y)[0] ?? NaN) : NaN;
    return { loss: training.made > 10 ? null : loss };
  },
  weights({ id }) {
    const { problem, made } = trainingOf(id);
    return {
      layers: problem.layers.map((layer) =>
        Object.fromEntries(Object.entries(layer).map(([name, value]) => [name, moved(value, made)])),
      ),
    };
  },
  result: ({ id }) => moved(kernels.get(id)?.[0] ?? { shape: [], data: "" }, 1),
  device_time: () => ({ milliseconds: 0.25 }),
  peak: () => ({ bytes: 12_345 }),
  dispose({ id }) {
    trainings.delete(id);
    kernels.delete(id);
    return {};
  },
};

const [unbuffered, command, script = ""] = process.argv.slice(2);
if (unbuffered !== "-u" || command !== "-c" || !script.includes("torch.optim")) process.exit(2);
for await (const line of createInterface(process.stdin)) {
  const message = JSON.parse(line);
  console.log(JSON.stringify(answers[message.do]?.(message)));
}
