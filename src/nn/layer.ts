// What a layer is: parameters and state as trees of host tensors, and a function over traced tensors.

import { ShapeError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import type { Random } from "../core/random.ts";
import type { Tree } from "../core/tree.ts";
import type { Tensor } from "../trace/tensor.ts";
import { isTensor } from "../trace/trace.ts";

export interface LayerContext {
  /** True in a training step, false when evaluating or predicting. */
  readonly training: boolean;
}

/** A tree whose leaves are known by name to the layer that made it. */
export type Named<Leaf> = { readonly [name: string]: Tree<Leaf> };

export interface Layer {
  readonly name: string;
  /** Fresh parameters. Nothing else decides them: the same random stream gives the same parameters. */
  init(random: Random): Named<HostTensor>;
  /** Fresh state that the layer updates as it runs, such as running statistics. */
  state?(): Named<HostTensor>;
  /** (params, state, x) → [y, nextState]; x is (B, …). */
  apply(
    params: Named<Tensor>,
    state: Named<Tensor>,
    x: Tensor,
    context: LayerContext,
  ): [Tensor, Named<Tensor>];
}

/** A layer without parameters or state. */
export const activation = (name: string, f: (x: Tensor) => Tensor): Layer => ({
  name,
  init: () => ({}),
  apply: (_, state, x) => [f(x), state],
});

/** A parameter by its name. Throws ShapeError where `layer` was given another tree than its own. */
export function parameter(layer: string, params: Named<Tensor>, name: string): Tensor {
  const found = params[name];
  if (isTensor(found)) return found;
  throw new ShapeError(`${layer}: the parameter ${name} is missing. Pass the tree that init() gave.`);
}
