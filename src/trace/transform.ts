// Functions to functions: gradients, as in JAX.

import { ValueError } from "../core/errors.ts";
import { leavesOf, mapTree, type Tree } from "../core/tree.ts";
import { gradients } from "../autodiff/reverse.ts";
import { Tensor } from "./tensor.ts";
import { isTensor } from "./trace.ts";

export interface GradOptions<Argnum extends number = number> {
  /** Which argument to differentiate by; the first unless said otherwise. */
  readonly argnum?: Argnum;
}

/** A function of trees of tensors to a scalar loss. */
export type LossFunction<Args extends readonly Tree<Tensor>[]> = (...args: Args) => Tensor;

/**
 * (…args) → [f(…args), ∂f/∂args[argnum]], the gradient as a tree like that argument. It transforms again: the gradient
 * of a gradient traces. Throws ShapeError unless f gives a scalar.
 */
export function valueAndGrad<Args extends readonly Tree<Tensor>[], Argnum extends number = 0>(
  f: LossFunction<Args>,
  { argnum }: GradOptions<Argnum> = {},
): (...args: Args) => [value: Tensor, gradient: Args[Argnum]] {
  return (...args) => {
    const by: Tree<Tensor> | undefined = args[argnum ?? 0];
    if (by === undefined)
      throw new ValueError(
        `valueAndGrad: argnum is ${argnum}, but there are ${args.length} arguments. Use 0 to ${args.length - 1}.`,
      );
    const loss = f(...args);
    const { tracer } = loss;
    const leaves = leavesOf(by, isTensor);
    const wrong = leaves.find(({ leaf }) => leaf.dtype !== "f32");
    if (wrong)
      throw new ValueError(
        `valueAndGrad: ${wrong.name || "the argument"} is ${wrong.leaf.dtype}. Differentiate by f32 tensors only.`,
      );
    const found = gradients(
      tracer.graph,
      loss.value,
      leaves.map(({ leaf }) => leaf.value),
    );
    let next = 0;
    const tree = mapTree(by, isTensor, (leaf) => {
      const value = found[next++] ?? tracer.build.broadcast(tracer.build.constant(0), leaf.shape);
      return new Tensor(tracer, value);
    });
    return [loss, tree];
  };
}

/** (…args) → ∂f/∂args[argnum]. */
export function grad<Args extends readonly Tree<Tensor>[], Argnum extends number = 0>(
  f: LossFunction<Args>,
  options?: GradOptions<Argnum>,
): (...args: Args) => Args[Argnum] {
  const both = valueAndGrad(f, options);
  return (...args) => both(...args)[1];
}
