// Small local rules that change no result (beyond the rounding of constants): what tracing and the vjp rules leave behind.

import { sameShape, sizeOf } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Value } from "../graph/op.ts";
import { dropNeutral, mergeConstants, multiplyConstants, scaleBytes } from "./constant_rules.ts";
import { rewrite, type Rule } from "./rewrite.ts";

export const simplify = (graph: Graph): Graph =>
  rewrite(graph, [
    dropAlias,
    dropBroadcast,
    dropNeutral,
    mergeConstants,
    multiplyConstants,
    scaleBytes,
    absorbTranspose,
    trivialSum,
    shareEqual(),
  ]);

const replaceAt = <T>(list: readonly T[], at: number, by: T): T[] => list.map((x, i) => (i === at ? by : x));

/** stopGradient(x) → x; reshape(x) → x where nothing changes; reshape(reshape(x)) → reshape(x). */
const dropAlias: Rule = (node, { producer }) => {
  const [x] = node.inputs;
  const [y] = node.outputs;
  if (!node.op.alias || !x || !y) return undefined;
  if (sameShape(x.shape, y.shape)) return x;
  const before = producer(x);
  return before?.op.name === "reshape" ? { ...node, inputs: before.inputs } : undefined;
};

/** Maps broadcast their inputs themselves, so a broadcast before one, or a reshape of one element, is dropped where the output keeps its shape. */
const dropBroadcast: Rule = (node, { producer }) => {
  const [x] = node.inputs;
  const [y] = node.outputs;
  if (!node.op.map?.pointwise || !y) return undefined;
  if (node.op.name === "broadcast" && x && sameShape(x.shape, y.shape)) return x;
  for (const [i, input] of node.inputs.entries()) {
    const before = producer(input);
    const [source] = before?.inputs ?? [];
    const repeats =
      before?.op.name === "broadcast" || (before?.op.name === "reshape" && sizeOf(input.shape) === 1);
    if (!source || !repeats || source.shape.length > y.shape.length) continue;
    const inputs = replaceAt(node.inputs, i, source);
    const [spec] = node.op.infer(inputs, node.attrs);
    if (spec && sameShape(spec.shape, y.shape)) return { ...node, inputs };
  }
  return undefined;
};

/** matmul(xᵀ, y) reads x with its strides swapped. */
const absorbTranspose: Rule = (node, { producer }) => {
  if (node.op.name !== "matmul") return undefined;
  for (const [i, flag] of [
    [0, "transposeX"],
    [1, "transposeY"],
  ] as const) {
    const before = node.inputs[i] && producer(node.inputs[i]);
    const source = before?.inputs[0];
    if (before?.op.name !== "transpose" || !source) continue;
    const permutation = before.attrs["permutation"] as readonly number[];
    const rank = permutation.length;
    const swapsLast = permutation.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
    if (swapsLast)
      return {
        ...node,
        inputs: replaceAt(node.inputs, i, source),
        attrs: { ...node.attrs, [flag]: !node.attrs[flag] },
      };
  }
  return undefined;
};

/** Reducing axes of size 1 keeps every element: drop the node where the shape stays too. */
const trivialSum: Rule = (node) => {
  const [x] = node.inputs;
  const [y] = node.outputs;
  return node.op.name === "sum" && x && y && sameShape(x.shape, y.shape) ? x : undefined;
};

/** JSON has one text for NaN and both infinities, and one for both zeros. */
const exactNumber = (_: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `${1 / value} ${value}`
    : value;

/** Equal ops of equal inputs are one node: nothing is computed twice, but what a checkpoint asks to be. */
function shareEqual(): Rule {
  const seen = new Map<string, Value>();
  return (node) => {
    const [output] = node.outputs;
    if (!output || node.outputs.length > 1 || node.body) return undefined;
    const key = `${node.op.name} ${JSON.stringify(node.attrs, exactNumber)} ${node.inputs.map(({ id }) => id).join(" ")} ${node.recompute}`;
    const before = seen.get(key);
    if (!before) seen.set(key, output);
    return before;
  };
}
