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

/** @param {number} id */
function trainingOf(id) {
  const training = trainings.get(id);
  if (!training) throw new Error(`there is no training ${id}`);
  return training;
}

/** @type {Record<string, (message: { device: string, id: number, count: number, problem: Problem }) => object>} */
const answers = {
  open: ({ device }) =>
    device === "cuda" ? { version: "2.0-fake", name: "a GPU" } : { absent: "Python has no torch" },
  create({ id, problem }) {
    trainings.set(id, { problem, made: 0 });
    return {};
  },
  steps({ id, count }) {
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
  peak: () => ({ bytes: 12_345 }),
  dispose({ id }) {
    trainings.delete(id);
    return {};
  },
};

const [unbuffered, command, script = ""] = process.argv.slice(2);
if (unbuffered !== "-u" || command !== "-c" || !script.includes("torch.optim")) process.exit(2);
for await (const line of createInterface(process.stdin)) {
  const message = JSON.parse(line);
  console.log(JSON.stringify(answers[message.do]?.(message)));
}
