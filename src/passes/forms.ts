// What can be one kernel: maps over one shape, or several with no edge between; a product with maps at its elements and at the column sums beside it; or
// rows, with their totals and maps at their elements and at the rows as wholes.

import { sameShape, sizeOf } from "../core/shape.ts";
import type { Node } from "../graph/op.ts";
import { rowsForm } from "../graph/rows.ts";
import type { Profile } from "../graph/profile.ts";
import { at } from "../ops/define.ts";
import { operandsOf } from "../ops/matmul_operand.ts";
import type { Groups } from "./groups.ts";

/** Whether a kernel can compute all these members. */
export function hasForm(members: Iterable<Node>, groups: Groups, profile: Profile): boolean {
  const body = groups.bodyOf(members);
  const anchors = body.filter(({ op }) => op.anchor);
  if (anchors.length > 1) return false;
  if (anchors.length === 1) return isProduct(body, at(anchors, 0), groups, profile);
  if (body.some(({ op }) => op.rows)) return rowsForm(body, groups.isFree) !== undefined;
  return isMaps(body, groups);
}

const shapeAt = ({ op, outputs }: Node): readonly number[] => (op.effect ? [] : at(outputs, 0).shape);

const isPointwise = ({ op }: Node): boolean => op.effect !== undefined || op.map?.pointwise === true;

function isMaps(body: readonly Node[], groups: Groups): boolean {
  const members = new Set(body.filter((node) => !groups.isFree(node)));
  return [...members].every((node) =>
    groups
      .insideOf(node, members)
      .every(({ value }) => isPointwise(node) && sameShape(value.shape, shapeAt(node))),
  );
}

/**
 * Maps follow the product at each of its elements, or a sum at each of its columns; or make what it loads, if nothing else
 * needs that.
 */
function isProduct(body: readonly Node[], product: Node, groups: Groups, profile: Profile): boolean {
  const members = new Set(body.filter((node) => !groups.isFree(node)));
  const sums = [...members].filter(({ op }) => op.rows);
  if (sums.length > 1 || sums.some((sum) => !isColumnSum(sum, product))) return false;
  const inside = new Set(body);
  const operands = operandsOf(product, (value) => groups.makerIn(value, inside), profile);
  const loaded = new Set(operands?.flatMap(({ maps }) => maps));
  if (!operands || [...loaded].some((node) => node.outputs.some((value) => groups.crosses(value, members))))
    return false;
  // Where each is computed: at the product's elements or the sum's columns. What depends on neither is at home at both.
  const places = new Map<Node, Node | undefined>([product, ...sums].map((node) => [node, node]));
  const shapes = [...places.keys()].map(shapeAt);
  return [...members].every((node) => {
    if (places.has(node)) return true;
    const shape = shapeAt(node);
    const read = groups.insideOf(node, members);
    const found = new Set(read.flatMap(({ maker }) => places.get(maker) ?? []));
    const [place] = found;
    places.set(node, place);
    if (loaded.has(node)) return found.size === 0;
    return (
      found.size < 2 &&
      shapes.some((other) => sameShape(other, shape)) &&
      (!place || sameShape(shapeAt(place), shape)) &&
      read.every(({ value }) => isPointwise(node) && sameShape(value.shape, shape))
    );
  });
}

/** Σ over the rows of G beside Xᵀ·G, matrix by matrix: the gradients of a bias and of its weight. */
export function isColumnSum(sum: Node, product: Node): boolean {
  const summed = at(sum.inputs, 0);
  const matrices = summed.shape.slice(0, -2);
  const columns = [...matrices, summed.shape.at(-1) ?? 1];
  const [x, g] = [at(product.inputs, 0), at(product.inputs, 1)];
  return (
    sum.op.name === "sum" &&
    product.op.name === "matmul" &&
    summed.shape.length >= 2 &&
    sizeOf(shapeAt(sum)) === sizeOf(columns) &&
    (sum.attrs["axes"] as number[]).join() === String(summed.shape.length - 2) &&
    g.id === summed.id &&
    x.id !== summed.id &&
    product.attrs["transposeX"] === true &&
    product.attrs["transposeY"] === false &&
    sameShape(shapeAt(product).slice(0, -2), matrices) &&
    // None runs for a product without elements.
    sizeOf(shapeAt(product)) > 0
  );
}
