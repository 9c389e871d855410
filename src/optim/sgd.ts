import { isHostTensor, zeros, type HostTensor } from "../core/host_tensor.ts";
import { finite } from "../core/option.ts";
import { mapTree, type Tree } from "../core/tree.ts";
import { sgdUpdate } from "../trace/functional.ts";
import type { Tensor } from "../trace/tensor.ts";
import { zipTrees, type Optimizer } from "./optimizer.ts";

export interface SgdOptions {
  /** μ: a finite number from 0 up. */
  readonly learningRate: number;
  /** 0 (the default) up to, but not, 1. */
  readonly momentum?: number;
}

/**
 * w ← w − μ·g (textbook, part A); with momentum m: v ← m·v + g, w ← w − μ·v (Sutskever et al. 2013, as PyTorch has it).
 * Slots: `velocity` like the parameters, with momentum only. Throws ValueError where an option is out of range.
 */
export function sgd({ learningRate, momentum = 0 }: SgdOptions): Optimizer {
  finite("sgd: learningRate", learningRate, 0);
  finite("sgd: momentum", momentum, 0, 1);
  const plain = momentum === 0;
  return {
    name: plain ? "sgd" : `sgd, momentum ${momentum}`,
    learningRate,
    init: (params): Tree<HostTensor> =>
      plain ? {} : { velocity: mapTree(params, isHostTensor, ({ shape }) => zeros(shape)) },
    update({ params, gradients, slots, learningRate: rate }) {
      if (plain) {
        const { next } = zipTrees({ w: params, g: gradients }, ({ w, g }) => ({
          next: sgdUpdate(w, g, rate),
        }));
        return { params: next, slots };
      }
      const { velocity = {} } = slots as { velocity?: Tree<Tensor> };
      const { next, speed } = zipTrees({ w: params, g: gradients, v: velocity }, ({ w, g, v }) => {
        const speed = v.mul(momentum).add(g);
        return { next: sgdUpdate(w, speed, rate), speed };
      });
      return { params: next, slots: { velocity: speed } };
    },
  };
}
