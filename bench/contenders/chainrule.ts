// The training step as chainrule runs it: the data set lies on the device, and a step is given row indices.

import { createTrainer, loss, nn, openDevice, optim, type Device, type HostTensor } from "chainrule";
import { version } from "../../package.json";
import type { Contender, Library } from "../contender.ts";
import { ADAM, learningRates, type Problem } from "../nets.ts";
import { webgpu } from "../webgpu.ts";

export const chainrule = async (): Promise<Library> => chainruleOn(await openDevice({ backend: "webgpu" }));

export const chainruleOn = (device: Device): Library => ({
  name: "chainrule",
  version,
  backend: device.backend,
  api: device.backend === "webgpu" ? webgpu : undefined,
  create: (problem) => create(device, problem),
});

async function create(
  device: Device,
  { sizes, batchSize, layers, data, batches, optimizer: name }: Problem,
): Promise<Contender> {
  const model = nn.sequential(
    ...layers.flatMap((_, i) => [nn.dense(sizes[i] ?? 0, sizes[i + 1] ?? 0), nn.sigmoid()]),
  );
  const learningRate = learningRates[name];
  const optimizer = name === "sgd" ? optim.sgd({ learningRate }) : optim.adam({ learningRate, ...ADAM });
  const trainer = await createTrainer(device, { model, loss: loss.halfSquaredError, optimizer, batchSize });
  // Activations stand between the dense layers, so these have the even places.
  const named = layers.flatMap(({ weight, bias }, i) => [
    [`${2 * i}.weight`, weight] as const,
    [`${2 * i}.bias`, bias] as const,
  ]);
  trainer.load(Object.fromEntries(named));
  const program = await trainer.program(data);
  let steps = 0;
  return {
    step() {
      const rows = batches[steps++ % batches.length];
      program.run({ rows, learningRate });
    },
    async loss() {
      const ring = await trainer.state.ring.read();
      return ring.data[(steps - 1) % ring.data.length] ?? NaN;
    },
    async weights() {
      const params = await trainer.params();
      return layers.map((_, i) => ({
        weight: found(params, `${2 * i}.weight`),
        bias: found(params, `${2 * i}.bias`),
      }));
    },
    dispose: () => trainer.dispose(),
  };
}

function found(params: Readonly<Record<string, HostTensor>>, name: string): HostTensor {
  const param = params[name];
  if (!param) throw new Error(`bench: the model has no parameter ${name}`);
  return param;
}
