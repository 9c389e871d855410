// The training step as chainrule runs it: the data set lies on the device, and a step is given row indices.

import { createTrainer, hostTensor, loss, nn, openDevice, optim, type Device } from "chainrule";
import { version } from "../../package.json";
import type { Contender, Library } from "../contender.ts";
import { mapLayer, valuesOf } from "../layer.ts";
import { ADAM, learningRates, type Problem } from "../nets.ts";
import { webgpu } from "../webgpu.ts";

export const chainrule = async (): Promise<Library> =>
  chainruleOn(await openDevice({ backend: "webgpu", selfTest: false }));

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
  const parts = layers.map(({ scale }, i) => {
    const [inputs = 0, outputs = 0] = sizes.slice(i);
    return [nn.dense(inputs, outputs), ...(scale ? [nn.layerNorm(outputs)] : []), nn.sigmoid()];
  });
  const model = nn.sequential(...parts.flat());
  const learningRate = learningRates[name];
  const optimizer = name === "sgd" ? optim.sgd({ learningRate }) : optim.adam({ learningRate, ...ADAM });
  const trainer = await createTrainer(device, { model, loss: loss.halfSquaredError, optimizer, batchSize });
  const names = layers.map((layer, i) => {
    const place = parts.slice(0, i).flat().length;
    const all = {
      weight: `${place}.weight`,
      bias: `${place}.bias`,
      scale: `${place + 1}.weight`,
      shift: `${place + 1}.bias`,
    };
    return mapLayer(layer, (_, name) => all[name]);
  });
  const given = layers.flatMap(valuesOf);
  trainer.load(Object.fromEntries(names.flatMap(valuesOf).map((name, i) => [name, given[i] ?? none])));
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
      return names.map((layer) => mapLayer(layer, (name) => params[name] ?? none));
    },
    dispose: () => trainer.dispose(),
  };
}

/** For a parameter that is not there: it has the wrong shape everywhere. */
const none = hostTensor(new Float32Array(0), [0]);
