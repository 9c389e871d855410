// The kernels as TensorFlow.js runs them on its webgpu and wasm back ends, op by op.

import { hostTensor, type HostTensor } from "chainrule";
import type { Api } from "../api.ts";
import type { TensorFlow } from "../contenders/tensorflow.ts";
import { openTensorFlowWasm } from "../contenders/tensorflow_wasm.ts";
import { openTensorFlow } from "../contenders/tensorflow_webgpu.ts";
import { webgpu } from "../webgpu.ts";
import type { Kernel } from "./cases.ts";
import type { KernelContender, KernelLibrary } from "./contender.ts";
import { EPSILON, type KernelProblem } from "./problem.ts";

export const tensorflowWebgpu = async (): Promise<KernelLibrary> =>
  on(await openTensorFlow(), "webgpu", webgpu);

export async function tensorflowWasm(): Promise<KernelLibrary> {
  const { tf, label } = await openTensorFlowWasm();
  return on(tf, label, undefined);
}

const on = (tf: TensorFlow, backend: string, api: Api | undefined): KernelLibrary => ({
  name: "TensorFlow.js",
  version: tf.version.tfjs,
  backend,
  api,
  can: () => true,
  create: async (problem) => create(tf, problem),
});

type Value = ReturnType<TensorFlow["tensor"]>;

function create(tf: TensorFlow, { kernel, inputs }: KernelProblem): KernelContender {
  const operands = inputs.map(({ data, shape }) => tf.tensor(Float32Array.from(data), [...shape]));
  const call = functionOf(tf, kernel);
  let last: Value = tf.scalar(NaN);
  return {
    run() {
      last.dispose();
      last = tf.tidy(() => call(operands));
    },
    async first() {
      const one = tf.slice(
        last,
        last.shape.map(() => 0),
        last.shape.map(() => 1),
      );
      const [value = NaN] = await one.data();
      one.dispose();
      return value;
    },
    async result(): Promise<HostTensor> {
      return hostTensor(Float32Array.from(await last.data()), last.shape);
    },
    async dispose() {
      tf.dispose([last, operands]);
    },
  };
}

function functionOf(tf: TensorFlow, kernel: Kernel): (operands: readonly Value[]) => Value {
  if (kernel.kind === "matmul") {
    const { layout } = kernel;
    return ([a, b]) => tf.matMul(given(a), given(b), layout === "TN", layout === "NT");
  }
  if (kernel.kind === "softmax") return ([x]) => tf.softmax(given(x));
  // Its own layer tiles mean, variance and weights to the size of x before the same, and is no faster.
  return ([x, scale, shift]) => {
    const { mean, variance } = tf.moments(given(x), -1, true);
    return tf.add(
      tf.mul(tf.mul(tf.sub(given(x), mean), tf.rsqrt(tf.add(variance, EPSILON))), given(scale)),
      given(shift),
    );
  };
}

function given(value: Value | undefined): Value {
  if (!value) throw new Error("bench: the kernel lacks an operand");
  return value;
}
