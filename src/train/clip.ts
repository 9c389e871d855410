import { leavesOf, mapTree, type Tree } from "../core/tree.ts";
import type { Tensor } from "../trace/tensor.ts";
import { isTensor } from "../trace/trace.ts";

/**
 * Gradients whose norm over all parameters is at most `most`: g·min(1, most/‖g‖), the direction kept (Pascanu, Mikolov
 * and Bengio 2013, algorithm 1). One that is short enough stays bit by bit.
 */
export function clipNorm(gradients: Tree<Tensor>, most: number): Tree<Tensor> {
  // Squares are summed column by column, those of equally many columns together: short sums, and few kernels.
  const columns = new Map<number, Tensor>();
  for (const { leaf } of leavesOf(gradients, isTensor)) {
    const count = leaf.shape.at(-1) ?? 1;
    const squares = leaf.square();
    const summed = leaf.rank > 1 ? squares.reshape([-1, count]).sum(0) : squares.reshape([count]);
    columns.set(count, columns.get(count)?.add(summed) ?? summed);
  }
  const squares = [...columns.values()].map((column) => column.sum());
  const ratio = squares.reduce((p, q) => p.add(q)).sqrt().div(most); // prettier-ignore
  const divisor = ratio.greater(1).where(ratio, 1);
  return mapTree(gradients, isTensor, (gradient) => gradient.div(divisor));
}
