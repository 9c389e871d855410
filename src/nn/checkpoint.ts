import { positiveInteger } from "../core/option.ts";
import type { Tensor } from "../trace/tensor.ts";
import { checkpoint as checkpointed } from "../trace/checkpoint.ts";
import type { Layer, Named } from "./layer.ts";
import { inTurn, sequential } from "./sequential.ts";

/**
 * The layer, with its inner activations computed again in the backward pass instead of kept. Parameters have the layer's
 * own names.
 */
export function checkpoint(layer: Layer): Layer {
  return {
    name: layer.name,
    init: (random) => layer.init(random),
    state: () => layer.state?.() ?? {},
    apply: (params, state, x, context) =>
      checkpointed((y: Tensor) => layer.apply(params, state, y, context))(x),
  };
}

/**
 * `sequential`, of which about `segments` activations are kept, and those of one segment at a time: each segment but the
 * last, whose activations are needed at once, computes its inner ones again in the backward pass. √layers segments keep
 * least. Parameters are named as in `sequential`. Throws ValueError unless `segments` is a positive integer.
 */
export function checkpointSequential(segments: number, ...layers: readonly Layer[]): Layer {
  positiveInteger("checkpointSequential: segments", segments);
  const ends = Array.from({ length: segments }, (_, i) => Math.round(((i + 1) * layers.length) / segments));
  return {
    ...sequential(...layers),
    apply(params, state, x, context) {
      let y = x;
      let next: Named<Tensor> = {};
      ends.forEach((end, i) => {
        const run = (z: Tensor) => inTurn(layers, [ends[i - 1] ?? 0, end], params, state, z, context);
        const [output, made] = (i < segments - 1 ? checkpointed(run) : run)(y);
        y = output;
        next = { ...next, ...made };
      });
      return [y, next];
    },
  };
}
