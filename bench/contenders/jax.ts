// The training step as jax-js runs it on one of its backends: valueAndGrad and the update in one jit. Its batches lie on the
// device ready made, as TensorFlow.js's do.

import { hostTensor, type HostTensor } from "chainrule";
import { version } from "../../node_modules/@jax-js/jax/package.json";
import { rowsOf } from "../batch.ts";
import type { Contender, Library } from "../contender.ts";
import { optimizerOf, type Jax, type Layer, type Slots, type Value } from "./jax_optimizer.ts";
import { mapLayer, readLayer } from "../layer.ts";
import { NORM_EPSILON, type Problem } from "../nets.ts";
import { webgpu } from "../webgpu.ts";

/** Steps between waits: its list of pending work makes each step slower, and its manual says to wait regularly. */
const STEPS_PER_WAIT = 4;

/** The library with a backend that stays the one it uses. Throws where that is not there. */
export async function openJax(backend: "webgpu" | "wasm"): Promise<Jax> {
  const library = await import("@jax-js/jax");
  const devices = await library.init(backend);
  if (!devices.includes(backend))
    throw new Error(`bench: jax-js has the devices ${devices.join(", ")}, and ${backend} is not among them`);
  library.defaultDevice(backend);
  return library;
}

/** On WebGPU, it needs navigator.gpu and navigator.userAgent, and asks for them when imported. */
export async function jaxOn(backend: "webgpu" | "wasm"): Promise<Library> {
  const library = await openJax(backend);
  return {
    name: "jax-js",
    version,
    backend,
    api: backend === "webgpu" ? webgpu : undefined,
    create: async (problem) => create(library, problem),
  };
}

export const jax = (): Promise<Library> => jaxOn("webgpu");

function create(library: Jax, { layers, data, batches, batchSize, optimizer }: Problem): Contender {
  const { numpy: np, nn, tree, jit, valueAndGrad, blockUntilReady } = library;
  const upload = ({ data: values, shape }: HostTensor): Value =>
    np.array(Float32Array.from(values), { shape: [...shape] });
  const resident = batches.map((rows) => ({
    x: upload(rowsOf(data.x, rows)),
    y: upload(rowsOf(data.y, rows)),
  }));
  const { init, update } = optimizerOf(library, optimizer);
  let params: Layer[] = layers.map((layer) => mapLayer(layer, upload));
  let slots = init(params);
  let losses: Value[] = [];
  let steps = 0;

  // A function owns its arguments here: each is used up by its last use, and `.ref` lends it before.
  const lossOf = (all: Layer[], x: Value, y: Value): Value => {
    const prediction = all.reduce((input, { weight, bias, scale, shift }) => {
      const sum = np.matmul(input, weight).add(bias);
      if (!scale || !shift) return nn.sigmoid(sum);
      return nn.sigmoid(nn.standardize(sum, -1, { epsilon: NORM_EPSILON }).mul(scale).add(shift));
    }, x);
    return np
      .square(prediction.sub(y))
      .sum()
      .mul(0.5 / batchSize);
  };
  const train = jit((all: Layer[], given: Slots, x: Value, y: Value) => {
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(all), x, y);
    return { loss, ...update(all, gradients, given) };
  });

  return {
    step() {
      const batch = resident[steps++ % resident.length];
      if (!batch) throw new Error("bench: there are no batches");
      const next = train(params, slots, batch.x.ref, batch.y.ref);
      ({ params, slots } = next);
      losses.push(next.loss);
      return steps % STEPS_PER_WAIT === 0 ? blockUntilReady(next.loss).then(() => undefined) : undefined;
    },
    async loss() {
      // Work whose result is disposed of before it is used would be skipped: so the losses are kept until here, and the
      // last update is waited for too.
      await blockUntilReady([params, slots, losses]);
      const [value = NaN] = (await losses.at(-1)?.ref.data()) ?? [];
      tree.dispose(losses);
      losses = [];
      return value;
    },
    async weights() {
      const read = async (value: Value): Promise<HostTensor> =>
        hostTensor(Float32Array.from(await value.ref.data()), value.shape);
      return Promise.all(params.map((layer) => readLayer(layer, read)));
    },
    async dispose() {
      tree.dispose([params, slots, losses, resident]);
      train.dispose();
    },
  };
}
