// The two functions that training traces: the step, and the evaluation of a batch.

import type { Tree } from "../core/tree.ts";
import type { Loss } from "../loss/index.ts";
import type { Layer, Named } from "../nn/index.ts";
import type { Optimizer } from "../optim/index.ts";
import { asUpdate, record } from "../trace/functional.ts";
import type { Tensor } from "../trace/tensor.ts";
import { valueAndGrad } from "../trace/transform.ts";
import type { TrainState } from "./state.ts";

/** The rows of a batch and where they come from: x (N, …) and y (N, …) stay on the device, rows is (B). */
export interface BatchInputs {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly rows: Tensor;
}

/** The batch's rows; bytes are multiplied by `scale` as they are read. */
function batchOf({ x, rows }: BatchInputs, scale: number): Tensor {
  const batch = x.gather(rows);
  return scale === 1 ? batch : batch.mul(scale);
}

/** Forward, backward and update as one function: (state, inputs) → [next state, nothing]. */
export const trainStep =
  (model: Layer, loss: Loss, optimizer: Optimizer, scale = 1) =>
  (
    state: TrainState<Tensor>,
    inputs: BatchInputs & { readonly learningRate: Tensor },
  ): [TrainState<Tensor>, []] => {
    const { y, rows, learningRate } = inputs;
    let layers = state.layers;
    const lossOf = (params: Tree<Tensor>): Tensor => {
      const batch = batchOf(inputs, scale);
      const [prediction, next] = model.apply(params as Named<Tensor>, state.layers, batch, {
        training: true,
      });
      layers = next;
      return loss(prediction, y.gather(rows));
    };
    const [value, gradients] = valueAndGrad(lossOf)(state.params);
    return asUpdate(value, () => {
      const { params, slots } = optimizer.update({
        params: state.params,
        gradients,
        slots: state.slots,
        learningRate,
      });
      return [
        { params: params as Named<Tensor>, layers, slots, ...record(state.ring, state.step, [value]) },
        [],
      ];
    });
  };

/** What the model gives, nothing changed: (params, layers, x) → prediction. */
export const predictionStep =
  (model: Layer) =>
  (params: Named<Tensor>, layers: Named<Tensor>, x: Tensor): Tensor =>
    model.apply(params, layers, x, { training: false })[0];

/** Prediction and loss of a batch, nothing changed: (params, layers, inputs) → [prediction, loss]. */
export const evaluationStep =
  (model: Layer, loss: Loss, scale = 1) =>
  (params: Named<Tensor>, layers: Named<Tensor>, inputs: BatchInputs): [Tensor, Tensor] => {
    const [prediction] = model.apply(params, layers, batchOf(inputs, scale), { training: false });
    return [prediction, loss(prediction, inputs.y.gather(inputs.rows))];
  };
