import type { Tensor } from "../trace/tensor.ts";
import type { Layer, LayerContext, Named } from "./layer.ts";

/** Layers in a chain: x^{i+1} = f_i(x^i, w^i). Parameters are named by position: `0.weight`, `0.bias`, `2.weight`, … */
export function sequential(...layers: readonly Layer[]): Layer {
  return {
    name: layers.map(({ name }) => name).join(", "),
    init: (random) => Object.fromEntries(layers.map((layer, i) => [i, layer.init(random)])),
    state: () => Object.fromEntries(layers.map((layer, i) => [i, layer.state?.() ?? {}])),
    apply: (params, state, x, context) => inTurn(layers, [0, layers.length], params, state, x, context),
  };
}

/** Applies the layers from `from` up to `to`, which is left out: [y, their next states]. */
export function inTurn(
  layers: readonly Layer[],
  [from, to]: readonly [from: number, to: number],
  params: Named<Tensor>,
  state: Named<Tensor>,
  x: Tensor,
  context: LayerContext,
): [Tensor, Named<Tensor>] {
  let y = x;
  const next: Record<string, Named<Tensor>> = {};
  layers.slice(from, to).forEach((layer, at) => {
    const i = from + at;
    [y, next[i]] = layer.apply(branch(params, i), branch(state, i), y, context);
  });
  return [y, next];
}

const branch = (tree: Named<Tensor>, i: number): Named<Tensor> => (tree[i] ?? {}) as Named<Tensor>;
