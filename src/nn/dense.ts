import { allocate } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { hostTensor, zeros, type HostTensor } from "../core/host_tensor.ts";
import { positiveInteger } from "../core/option.ts";
import type { Random } from "../core/random.ts";
import { formatShape } from "../core/shape.ts";
import { parameter, type Layer } from "./layer.ts";

export interface DenseOptions {
  /** Adds a bias (the default), subtracts a threshold as the textbook does, or neither. */
  readonly offset?: "bias" | "threshold" | "none";
}

/**
 * x·W + b, or x·W − θ: (B, inputs) → (B, outputs). Parameters: `weight` (inputs, outputs), and `bias` or `threshold`
 * (outputs), zero at first. Throws ValueError unless both sizes are positive integers.
 */
export function dense(inputs: number, outputs: number, { offset = "bias" }: DenseOptions = {}): Layer {
  positiveInteger("dense: inputs", inputs);
  positiveInteger("dense: outputs", outputs);
  return {
    name: `dense ${inputs}-${outputs}`,
    init: (random) => ({
      weight: glorotUniform(random, inputs, outputs),
      ...(offset === "none" ? {} : { [offset]: zeros([outputs]) }),
    }),
    apply(params, state, x) {
      if (x.rank !== 2 || x.shape[1] !== inputs)
        throw new ShapeError(
          `dense: expected x (B,${inputs}), got ${formatShape(x.shape)}. Reshape it, or change the layer's inputs.`,
        );
      const product = x.matmul(parameter("dense", params, "weight"));
      if (offset === "bias") return [product.add(parameter("dense", params, "bias")), state];
      if (offset === "threshold") return [product.sub(parameter("dense", params, "threshold")), state];
      return [product, state];
    },
  };
}

/** Uniform in ±√(6/(inputs+outputs)) (Glorot and Bengio 2010, equation 16). */
function glorotUniform(random: Random, inputs: number, outputs: number): HostTensor {
  const limit = Math.sqrt(6 / (inputs + outputs));
  const data = allocate("f32", inputs * outputs);
  for (let i = 0; i < data.length; i++) data[i] = random.uniform(-limit, limit);
  return hostTensor(data, [inputs, outputs]);
}
