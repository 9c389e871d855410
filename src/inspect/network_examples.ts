// Small networks in training, compiled and run as users compile and run theirs.

import { compileStep } from "../compile.ts";
import { hostTensor, zeros, type HostTensor } from "../core/host_tensor.ts";
import { Random } from "../core/random.ts";
import { leavesOf } from "../core/tree.ts";
import { halfSquaredError, meanSquaredError, softmaxCrossEntropy, type Loss } from "../loss/index.ts";
import { dense, layerNorm, relu, sequential, sigmoid, tanh, type Layer, type Named } from "../nn/index.ts";
import { adam, sgd, type Optimizer } from "../optim/index.ts";
import type { Device } from "../runtime/device.ts";
import { isDeviceTensor, uploadTree, type DeviceTensor } from "../runtime/device_tensor.ts";
import { asUpdate, record } from "../trace/functional.ts";
import type { Tensor } from "../trace/tensor.ts";
import { hyper, spec } from "../trace/trace.ts";
import { valueAndGrad } from "../trace/transform.ts";
import { parity, type ParityReport } from "./parity.ts";
import { probeData } from "./probe_data.ts";

interface NetworkExample {
  readonly model: Layer;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** (16, inputs). */
  readonly x: HostTensor;
  /** (16, outputs), or class numbers. */
  readonly y: HostTensor;
}

export function networkExamples(): Readonly<Record<string, NetworkExample>> {
  const { uniform, integers } = probeData(7);
  const x = uniform([16, 21]);
  return {
    "sigmoid, half squared error, SGD": {
      model: sequential(dense(21, 12, { offset: "threshold" }), sigmoid(), dense(12, 4), sigmoid()),
      loss: halfSquaredError,
      optimizer: sgd({ learningRate: 0.5 }),
      x,
      y: uniform([16, 4], 0, 1),
    },
    "tanh, mean squared error, momentum": {
      model: sequential(dense(21, 12), tanh(), dense(12, 3)),
      loss: meanSquaredError,
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
      x,
      y: uniform([16, 3]),
    },
    "layer norm, relu, cross-entropy, Adam": {
      model: sequential(dense(21, 12), layerNorm(12), relu(), dense(12, 5)),
      loss: softmaxCrossEntropy,
      optimizer: adam({ learningRate: 0.01 }),
      x,
      y: integers([16], 5, "u32"),
    },
  };
}

interface State<T> {
  readonly params: Named<T>;
  readonly slots: Named<T>;
  readonly ring: T;
  readonly step: T;
}

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly rate: Tensor;
}

const RUNS = 3;

/** Parity of a step after a few others. */
export async function networkParity(device: Device, example: NetworkExample): Promise<ParityReport> {
  const { model, optimizer, x, y } = example;
  const params = model.init(new Random(7));
  const fresh: State<HostTensor> = {
    params,
    slots: optimizer.init(params) as Named<HostTensor>,
    ring: zeros([4, 1]),
    step: hostTensor(new Uint32Array(1), []),
  };
  const specs = { x: spec(x.shape), y: spec(y.shape, y.dtype as "f32" | "u32"), rate: hyper() };
  const state = uploadTree(device, { ...fresh }) as unknown as State<DeviceTensor>;
  try {
    using program = await compileStep(device, stepOf(example) as never, state as never, specs);
    for (let run = 0; run < RUNS; run++) program.run({ x, y, rate: optimizer.learningRate });
    return await parity(program);
  } finally {
    for (const { leaf } of leavesOf<DeviceTensor>({ ...state }, isDeviceTensor)) leaf.dispose();
  }
}

const stepOf =
  ({ model, loss, optimizer }: NetworkExample) =>
  (state: State<Tensor>, { x, y, rate: learningRate }: Batch) => {
    const lossOf = (params: Named<Tensor>): Tensor =>
      loss(model.apply(params, {}, x, { training: true })[0], y);
    const [value, gradients] = valueAndGrad<[Named<Tensor>]>(lossOf)(state.params);
    return asUpdate(value, () => {
      const { params, slots } = optimizer.update({ ...state, gradients, learningRate });
      return [{ params, slots, ...record(state.ring, state.step, [value]) }, []] as const;
    });
  };
