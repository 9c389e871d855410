// What an optimizer is: slots beside the parameters, and a rule that is traced into the training step.

import type { HostTensor } from "../core/host_tensor.ts";
import { leavesOf, mapTree, type Tree } from "../core/tree.ts";
import type { Tensor } from "../trace/tensor.ts";
import { isTensor } from "../trace/trace.ts";
import { ValueError } from "../core/errors.ts";

export interface Optimizer {
  readonly name: string;
  readonly learningRate: number;
  /** Fresh slots for parameters. */
  init(params: Tree<HostTensor>): Tree<HostTensor>;
  /** One update. `learningRate` is a scalar from a buffer, so that schedules need no new program. */
  update(step: {
    readonly params: Tree<Tensor>;
    readonly gradients: Tree<Tensor>;
    readonly slots: Tree<Tensor>;
    readonly learningRate: Tensor;
  }): { readonly params: Tree<Tensor>; readonly slots: Tree<Tensor> };
}

/** Applies `f` to the leaves at the same place in several trees; gives a tree like the first for each of its results. */
export function zipTrees<In extends string, Out extends string>(
  trees: Readonly<Record<In, Tree<Tensor>>>,
  f: (leaves: Record<In, Tensor>) => Record<Out, Tensor>,
): Record<Out, Tree<Tensor>> {
  const keys = Object.keys(trees) as In[];
  const named = keys.map(
    (key) => [key, new Map(leavesOf(trees[key], isTensor).map(({ name, leaf }) => [name, leaf]))] as const,
  );
  const [like] = keys;
  if (like === undefined) throw new ValueError("zipTrees: no trees were given. Pass at least one.");
  const results = new Map<string, Record<Out, Tensor>>();
  let outputs: Out[] = [];
  mapTree(trees[like], isTensor, (_, name) => {
    const leaves = Object.fromEntries(
      named.map(([key, leaf]) => [key, leaf.get(name) ?? missing(key, name)]),
    );
    const result = f(leaves as Record<In, Tensor>);
    outputs = Object.keys(result) as Out[];
    results.set(name, result);
  });
  const treeOf = (output: Out): Tree<Tensor> =>
    mapTree(trees[like], isTensor, (_, name) => results.get(name)?.[output] ?? missing(output, name));
  return Object.fromEntries(outputs.map((output) => [output, treeOf(output)])) as Record<Out, Tree<Tensor>>;
}

function missing(tree: string, name: string): never {
  throw new ValueError(`optimizer: ${tree} has no ${name}. Pass the trees that belong to these parameters.`);
}
