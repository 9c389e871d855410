// The training step as TensorFlow.js runs it on any of its back ends: variables, tf.train and minimize. Its batches lie
// on the device ready made, so that it has no rows to gather.

import { hostTensor, type HostTensor } from "chainrule";
import type { Api } from "../api.ts";
import { rowsOf } from "../batch.ts";
import type { Contender, Library } from "../contender.ts";
import { mapLayer, readLayer, valuesOf } from "../layer.ts";
import { ADAM, learningRates, NORM_EPSILON, type Problem } from "../nets.ts";

export type TensorFlow = typeof import("@tensorflow/tfjs");
type Value = ReturnType<TensorFlow["tensor"]>;

/** TensorFlow.js on a back end that is registered. Throws where it falls back to another. */
export async function useBackend(name: string): Promise<TensorFlow> {
  const tf = await import("@tensorflow/tfjs");
  await tf.setBackend(name);
  await tf.ready();
  if (tf.getBackend() !== name)
    throw new Error(`bench: TensorFlow.js chose the ${tf.getBackend()} back end instead of ${name}`);
  return tf;
}

/** The library on its current back end, which `label` describes. */
export function trainingOn(tf: TensorFlow, label: string, api: Api | undefined): Library {
  const backend = tf.getBackend();
  return {
    name: "TensorFlow.js",
    version: tf.version.tfjs,
    backend: label,
    api,
    create: async (problem) => {
      // One engine for all its back ends: what was current when this was made may not be any more.
      const enter = async (): Promise<void> => {
        if (tf.getBackend() !== backend) await tf.setBackend(backend);
      };
      await enter();
      return { ...create(tf, problem), enter };
    },
  };
}

function create(tf: TensorFlow, { layers, data, batches, batchSize, optimizer: name }: Problem): Contender {
  const upload = ({ data: values, shape }: HostTensor) => tf.tensor(Float32Array.from(values), [...shape]);
  const params = layers.map((layer) => mapLayer(layer, (value) => tf.variable(upload(value))));
  const variables = params.flatMap(valuesOf);
  const resident = batches.map((rows) => ({
    x: upload(rowsOf(data.x, rows)),
    y: upload(rowsOf(data.y, rows)),
  }));
  const rate = learningRates[name];
  const optimizer =
    name === "sgd" ? tf.train.sgd(rate) : tf.train.adam(rate, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
  let last = tf.scalar(NaN);
  let steps = 0;

  // As its layer of that name does it.
  const normalized = (x: Value): Value => {
    const { mean, variance } = tf.moments(x, -1, true);
    return x.sub(mean).mul(tf.rsqrt(variance.add(NORM_EPSILON)));
  };
  const lossOf = ({ x, y }: (typeof resident)[number]) => {
    let prediction = x;
    for (const { weight, bias, scale, shift } of params) {
      // The sigmoid stays apart: TensorFlow.js differentiates no matMul that has one fused in.
      const sum = tf.fused.matMul({ a: prediction, b: weight, bias });
      prediction = tf.sigmoid(scale && shift ? normalized(sum).mul(scale).add(shift) : sum);
    }
    const squares = tf.sum(tf.square(tf.sub(prediction, y)));
    return tf.mul(squares, 0.5 / batchSize).asScalar();
  };

  return {
    step() {
      const batch = resident[steps++ % resident.length];
      const cost = batch && optimizer.minimize(() => lossOf(batch), true, variables);
      if (!cost) throw new Error("bench: TensorFlow.js gave no loss");
      last.dispose();
      last = cost;
    },
    async loss() {
      const [value = NaN] = await last.data();
      return value;
    },
    async weights() {
      const read = async (variable: (typeof variables)[number]): Promise<HostTensor> =>
        hostTensor(Float32Array.from(await variable.data()), variable.shape);
      return Promise.all(params.map((layer) => readLayer(layer, read)));
    },
    async dispose() {
      optimizer.dispose();
      tf.dispose([last, variables, resident]);
    },
  };
}
