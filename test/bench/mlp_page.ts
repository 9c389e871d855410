// What a page with a perceptron of two layers has in its script: it trains and predicts, and nothing else.

import { createTrainer, loss, nn, openDevice, optim, type Dataset, type HostTensor } from "chainrule";

export async function trainAndPredict(train: Dataset, x: HostTensor): Promise<HostTensor> {
  const device = await openDevice();
  const model = nn.sequential(nn.dense(784, 128), nn.sigmoid(), nn.dense(128, 10), nn.sigmoid());
  const trainer = await createTrainer(device, {
    model,
    loss: loss.halfSquaredError,
    optimizer: optim.sgd({ learningRate: 2 }),
    batchSize: 32,
  });
  for await (const { epoch, loss } of trainer.fit(train, { epochs: 5 })) console.log(epoch, loss);
  return trainer.predict(x);
}
