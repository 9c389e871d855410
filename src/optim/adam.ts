import { isHostTensor, tensor, zeros, type HostTensor } from "../core/host_tensor.ts";
import { finite } from "../core/option.ts";
import { mapTree, type Tree } from "../core/tree.ts";
import type { Tensor } from "../trace/tensor.ts";
import { zipTrees, type Optimizer } from "./optimizer.ts";

export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

export interface AdamWOptions extends AdamOptions {
  /** λ, the share of the learning rate by which parameters shrink: a finite number from 0 up, 0.01 unless given. */
  readonly weightDecay?: number;
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1): bias-corrected moments, epsilon outside the root. Slots: `step`, `first` and
 * `second` moments like the parameters. Throws ValueError where an option is out of range.
 */
export const adam = (options: AdamOptions): Optimizer => moments("adam", options, 0);

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2, with η = 1): before the step of Adam,
 * w ← w − μ·λ·w for every parameter. Slots as Adam's. Throws ValueError where an option is out of range.
 */
export function adamW({ weightDecay = 0.01, ...options }: AdamWOptions): Optimizer {
  finite("adamW: weightDecay", weightDecay, 0);
  return moments("adamW", options, weightDecay);
}

function moments(
  name: string,
  { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
  weightDecay: number,
): Optimizer {
  finite(`${name}: learningRate`, learningRate, 0);
  finite(`${name}: beta1`, beta1, 0, 1);
  finite(`${name}: beta2`, beta2, 0, 1);
  finite(`${name}: epsilon`, epsilon, 0);
  return {
    name,
    learningRate,
    init(params): Tree<HostTensor> {
      const like = (): Tree<HostTensor> => mapTree(params, isHostTensor, ({ shape }) => zeros(shape));
      return { step: tensor(0), first: like(), second: like() };
    },
    update({ params, gradients, slots, learningRate: rate }) {
      const { step, first, second } = slots as { step: Tensor; first: Tree<Tensor>; second: Tree<Tensor> };
      const t = step.add(1);
      const scale = rate.div(oneMinusPower(beta1, t));
      const correction = oneMinusPower(beta2, t).sqrt();
      const kept = rate.mul(-weightDecay).add(1);
      const trees = { w: params, g: gradients, m: first, v: second };
      const { next, mean, square } = zipTrees(trees, ({ w, g, m, v }) => {
        const mean = m.mul(beta1).add(g.mul(1 - beta1));
        const square = v.mul(beta2).add(g.square().mul(1 - beta2));
        const step = mean.mul(scale).div(square.sqrt().div(correction).add(epsilon));
        return { next: (weightDecay === 0 ? w : w.mul(kept)).sub(step), mean, square };
      });
      return { params: next, slots: { step: t, first: mean, second: square } };
    },
  };
}

/** 1 − βᵗ, without the cancellation of its two terms in f32: −(e^u − 1) for u = t·log β, as a series where u is small. */
function oneMinusPower(beta: number, t: Tensor): Tensor {
  if (beta === 0) return t.mul(0).add(1);
  const u = t.mul(Math.log(beta));
  const series = u
    .mul(1 / 5)
    .add(1)
    .mul(u)
    .mul(1 / 4)
    .add(1)
    .mul(u)
    .mul(1 / 3)
    .add(1)
    .mul(u)
    .mul(1 / 2)
    .add(1)
    .mul(u);
  return u.greater(-0.05).where(series.neg(), u.exp().neg().add(1));
}
