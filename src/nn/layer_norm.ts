import { hostTensor, zeros } from "../core/host_tensor.ts";
import { ShapeError } from "../core/errors.ts";
import { finite, positiveInteger } from "../core/option.ts";
import { formatShape } from "../core/shape.ts";
import { parameter, type Layer } from "./layer.ts";

export interface LayerNormOptions {
  /** Added to the variance under the root, so that equal features give zeros: a finite number from 0 up, 1e-5 unless given. */
  readonly epsilon?: number;
}

/**
 * γ∘(x − μ)/√(σ² + ε) + β, with mean μ and biased variance σ² over the last axis (Ba, Kiros and Hinton 2016, "Layer
 * normalization", equation 4): (B, …, features) → the same shape. Parameters: `weight` (γ) and `bias` (β), (features),
 * one and zero at first. Throws ValueError unless features is a positive integer.
 */
export function layerNorm(features: number, { epsilon = 1e-5 }: LayerNormOptions = {}): Layer {
  positiveInteger("layerNorm: features", features);
  finite("layerNorm: epsilon", epsilon, 0);
  return {
    name: `layer norm ${features}`,
    init: () => ({
      weight: hostTensor(new Float32Array(features).fill(1), [features]),
      bias: zeros([features]),
    }),
    apply(params, state, x) {
      if (x.shape.at(-1) !== features)
        throw new ShapeError(
          `layerNorm: expected x (…,${features}), got ${formatShape(x.shape)}. Reshape it, or change the layer's features.`,
        );
      const centered = x.sub(x.mean(-1, true));
      // Both passes over a row: Σx² − (Σx)² would cancel where the mean is large.
      const variance = centered.square().mean(-1, true);
      const normalized = centered.div(variance.add(epsilon).sqrt());
      const weight = parameter("layerNorm", params, "weight");
      const bias = parameter("layerNorm", params, "bias");
      return [normalized.mul(weight).add(bias), state];
    },
  };
}
