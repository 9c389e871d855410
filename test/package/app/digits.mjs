// The same network wherever it runs: handwritten digits, on whatever back end is best there.

import { createTrainer, loadDigits, loss, nn, openDevice, optim } from "chainrule";

/**
 * @param {Uint8Array} bytes of digits.safetensors
 * @param {import("chainrule").OpenOptions} [options]
 * @returns {Promise<{ backend: string, reason: string, accuracy: number | undefined }>}
 */
export async function trainDigits(bytes, options) {
  const device = await openDevice(options);
  const { train, test } = loadDigits(bytes);
  const trainer = await createTrainer(device, {
    model: nn.textbookNetwork(64, 32, 10),
    loss: loss.halfSquaredError,
    optimizer: optim.sgd({ learningRate: 2 }),
    batchSize: 32,
    seed: 7,
  });
  for await (const _ of trainer.fit(train, { epochs: 15 }));
  const { accuracy } = await trainer.evaluate(test);
  await trainer.dispose();
  device.dispose();
  return { backend: device.backend, reason: trainer.reason, accuracy };
}
