// The two functions that training traces: the step, and the evaluation of a batch.

import { mapTree, type Tree } from "../core/tree.ts";
import type { Loss } from "../loss/index.ts";
import type { Layer, Named } from "../nn/index.ts";
import type { Optimizer } from "../optim/index.ts";
import { asUpdate, record } from "../trace/functional.ts";
import type { Tensor } from "../trace/tensor.ts";
import { isTensor } from "../trace/trace.ts";
import { valueAndGrad } from "../trace/transform.ts";
import { clipNorm } from "./clip.ts";
import { addGradients } from "./gradient_sums.ts";
import { metricsOf } from "./metrics.ts";
import type { TrainerOptions } from "./options.ts";
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

export interface StepOptions {
  /** What bytes of x are multiplied by. Default 1. */
  readonly scale?: number;
  readonly metrics?: TrainerOptions["metrics"];
  /** Default Infinity: gradients stay as they are. */
  readonly clipNorm?: number;
  /** False where the gradients are only added up: more batches follow before the update. */
  readonly updates?: boolean;
}

export interface StepInputs extends BatchInputs {
  readonly learningRate: Tensor;
  /** Where several batches make one update: whether others came before, and the examples up to this one. */
  readonly group?: { readonly carry: Tensor; readonly examples: Tensor };
}

/** Forward, backward and update as one function: (state, inputs) → [next state, nothing]. */
export const trainStep =
  (model: Layer, loss: Loss, optimizer: Optimizer, options: StepOptions = {}) =>
  (state: TrainState<Tensor>, inputs: StepInputs): [TrainState<Tensor>, []] => {
    const { scale = 1, metrics, clipNorm: most = Infinity, updates = true } = options;
    const { x, y, rows, learningRate, group } = inputs;
    let layers = state.layers;
    let prediction = x;
    const lossOf = (params: Tree<Tensor>): Tensor => {
      const batch = batchOf(inputs, scale);
      [prediction, layers] = model.apply(params as Named<Tensor>, state.layers, batch, { training: true });
      return loss(prediction, y.gather(rows));
    };
    const [value, gradients] = valueAndGrad(lossOf)(state.params);
    // After the derivatives: what these read of the outputs is to be fused with them first.
    const measured = metricsOf(metrics, prediction, () => y.gather(rows));
    return asUpdate(value, () => {
      const next = () => ({ ...state, layers, ...record(state.ring, state.step, [value, ...measured]) });
      const sums = group ? addGradients(state.sums, gradients, rows.size, group.carry) : gradients;
      if (!updates) return [{ ...next(), sums }, []];
      const mean = group ? mapTree(sums, isTensor, (sum) => sum.div(group.examples)) : sums;
      const { params, slots } = optimizer.update({
        params: state.params,
        gradients: most < Infinity ? clipNorm(mean, most) : mean,
        slots: state.slots,
        learningRate,
      });
      return [{ ...next(), params: params as Named<Tensor>, slots }, []];
    });
  };

/** What the model gives, nothing changed: (params, layers, x) → prediction. */
export const predictionStep =
  (model: Layer) =>
  (params: Named<Tensor>, layers: Named<Tensor>, x: Tensor): Tensor =>
    model.apply(params, layers, x, { training: false })[0];

/** Prediction and loss of a batch, nothing changed: (params, layers, inputs) → [prediction, loss, …metrics]. */
export const evaluationStep =
  (model: Layer, loss: Loss, { scale = 1, metrics }: StepOptions = {}) =>
  (params: Named<Tensor>, layers: Named<Tensor>, inputs: BatchInputs): [Tensor, Tensor, ...Tensor[]] => {
    const [prediction] = model.apply(params, layers, batchOf(inputs, scale), { training: false });
    const target = inputs.y.gather(inputs.rows);
    return [prediction, loss(prediction, target), ...metricsOf(metrics, prediction, () => target)];
  };
