import type { Tree } from "../core/tree.ts";
import { zipTrees } from "../optim/optimizer.ts";
import type { Tensor } from "../trace/tensor.ts";

/**
 * Sums of gradients, each times its examples, begun anew unless `carry` is set: what is left of a group that was given up
 * is no part of it.
 */
export const addGradients = (
  sums: Tree<Tensor>,
  gradients: Tree<Tensor>,
  examples: number,
  carry: Tensor,
): Tree<Tensor> =>
  zipTrees({ sums, gradients }, ({ sums: before, gradients: gradient }) => {
    const own = gradient.mul(examples);
    return { next: carry.where(before.add(own), own) };
  }).next;
