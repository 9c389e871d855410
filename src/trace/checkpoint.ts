// Activations computed again instead of kept.

import { asSegment } from "../autodiff/segments.ts";
import { ValueError } from "../core/errors.ts";
import { leavesOf, type Tree } from "../core/tree.ts";
import type { Tensor } from "./tensor.ts";
import { isTensor } from "./trace.ts";

/**
 * f, whose inner activations are not kept for the backward pass: that computes them again from what f reads, its
 * arguments and what it encloses. Costs at most f's forward pass once more; the plan says what it saves and costs.
 * Gradients are the same, and so are those of gradients. Within f, a checkpoint computes its part once more in turn.
 * Chen et al. 2016, "Training deep nets with sublinear memory cost": of L layers, segments of √L keep about 2√L
 * activations. Throws ValueError where no argument has a tensor.
 */
export function checkpoint<Args extends readonly Tree<Tensor>[], Outputs extends Tree<Tensor>>(
  f: (...args: Args) => Outputs,
): (...args: Args) => Outputs {
  return (...args) => {
    const [first] = args.flatMap((tree) => leavesOf<Tensor>(tree, isTensor));
    if (!first)
      throw new ValueError("checkpoint: no argument has a tensor. Pass what the function computes from.");
    return asSegment(first.leaf.tracer.graph, () => f(...args));
  };
}
