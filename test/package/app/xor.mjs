// What a user might write first: a network that learns exclusive or. Runs in Node and in a page, bundled or not.

import { createTrainer, loss, nn, openDevice, optim, tensor } from "chainrule";

/**
 * @param {"webgpu" | "gpujs" | "wasm" | "cpu"} backend
 * @param {import("chainrule").OpenOptions["fallback"]} [fallback] the entry of a back end that is not in the core
 * @returns {Promise<{ backend: string, reason: string, outputs: number[] }>} what the network gives for 00, 01, 10 and 11
 */
export async function trainXor(backend, fallback) {
  const device = await openDevice({ backend, fallback });
  const x = tensor(repeat([0, 0], [0, 1], [1, 0], [1, 1]));
  const y = tensor(repeat([0], [1], [1], [0]));
  const trainer = await createTrainer(device, {
    model: nn.textbookNetwork(2, 8, 1),
    loss: loss.halfSquaredError,
    optimizer: optim.sgd({ learningRate: 4 }),
    batchSize: 4,
    seed: 7,
  });
  for await (const _ of trainer.fit({ x, y }, { epochs: 25 }));
  const { predictions } = await trainer.evaluate({ x, y });
  const outputs = Array.from(predictions.data.subarray(0, 4));
  await trainer.dispose();
  device.dispose();
  return { backend: device.backend, reason: device.reason, outputs };
}

/** @param {number[][]} rows the same rows 64 times, so that an epoch has many steps */
function repeat(...rows) {
  return Array.from({ length: 64 }, () => rows).flat();
}
