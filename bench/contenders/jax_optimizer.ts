// SGD and Adam for jax-js, which has none of its own: written out on its arrays, inside the jit of the step.

import type { numpy } from "@jax-js/jax";
import { mapLayer, type LayerOf } from "../layer.ts";
import { ADAM, learningRates, type OptimizerName } from "../nets.ts";

export type Jax = typeof import("@jax-js/jax");
export type Value = numpy.Array;
export type Layer = LayerOf<Value>;
/** Adam's step count (a list of one) and moments; empty for SGD. */
export type Slots = { step: Value[]; first: Layer[]; second: Layer[] };
type Updated = { params: Layer[]; slots: Slots };

interface Optimizer {
  /** Fresh slots; uses up nothing. */
  init(params: readonly Layer[]): Slots;
  /** Uses up all three arguments, as every function of jax-js does. */
  update(params: Layer[], gradients: Layer[], slots: Slots): Updated;
}

export function optimizerOf(library: Jax, name: OptimizerName): Optimizer {
  return name === "sgd" ? sgd(learningRates.sgd) : adam(library, learningRates.adam);
}

const sgd = (rate: number): Optimizer => ({
  init: () => ({ step: [], first: [], second: [] }),
  update: (params, gradients, slots) => ({
    params: zip(params, gradients, (w, g) => w.sub(g.mul(rate))),
    slots,
  }),
});

/** Kingma and Ba 2015, algorithm 1. */
function adam({ numpy: np, tree }: Jax, rate: number): Optimizer {
  const { beta1, beta2, epsilon } = ADAM;
  const like = (params: readonly Layer[]): Layer[] =>
    params.map((layer) => mapLayer(layer, ({ shape }) => np.zeros(shape)));
  return {
    init: (params) => ({ step: [np.zeros([])], first: like(params), second: like(params) }),
    update(params, gradients, { step: [count], first, second }) {
      if (!count) throw new Error("bench: Adam has no step count");
      const step = count.add(1);
      const correction = (beta: number): Value =>
        np
          .exp(step.ref.mul(Math.log(beta)))
          .mul(-1)
          .add(1);
      const scale = np.reciprocal(correction(beta1)).mul(rate);
      const root = np.sqrt(correction(beta2));
      const means = zip(first, tree.ref(gradients), (m, g) => m.mul(beta1).add(g.mul(1 - beta1)));
      const squares = zip(second, gradients, (v, g) => v.mul(beta2).add(np.square(g).mul(1 - beta2)));
      const moves = zip(tree.ref(means), tree.ref(squares), (m, v) =>
        m.mul(scale.ref).div(np.sqrt(v).div(root.ref).add(epsilon)),
      );
      tree.dispose([scale, root]);
      return {
        params: zip(params, moves, (w, move) => w.sub(move)),
        slots: { step: [step], first: means, second: squares },
      };
    },
  };
}

/** Applies `f` to each parameter of each layer and its counterpart. */
function zip(a: readonly Layer[], b: readonly Layer[], f: (x: Value, y: Value) => Value): Layer[] {
  return a.map((layer, i) =>
    mapLayer(layer, (value, name) => {
      const other = b[i]?.[name];
      if (!other) throw new Error(`bench: the ${name} of layer ${i} has no counterpart`);
      return f(value, other);
    }),
  );
}
