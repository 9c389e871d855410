// Tall products Xᵀ·G, whose sums run over a batch of thousands but whose results are small: a weight's gradient. Each is cut
// into a batch of shorter products and a sum over them (split-K in two passes, in a fixed order, without atomics). Its
// column sums, a bias's gradient, are cut alike, so that they still join it.

import type { Shape } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { at } from "../ops/define.ts";
import { gather } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { sumParts } from "../ops/matmul_choice.ts";
import { reshape } from "../ops/reshape.ts";
import { sum } from "../ops/sum.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";

export function splitSums(graph: Graph, profile: Profile): Graph {
  const parts = new Map<number, number>();
  for (const node of graph.nodes) {
    const count = isTall(node) ? partsOf(node, profile) : 1;
    if (count > 1) parts.set(at(node.inputs, 1).id, count);
  }
  if (parts.size === 0) return graph;
  const done = new Map<number, Value>();
  /** Cut once, so that what reads the same matrix still does. */
  const cut = (value: Value, count: number, rewriting: Rewriting): Value => {
    const made = done.get(value.id) ?? cutRows(value, count, rewriting);
    done.set(value.id, made);
    return made;
  };
  return rewrite(graph, [
    (node, rewriting) => {
      const count = isTall(node) ? parts.get(at(node.inputs, 1).id) : undefined;
      if (count === undefined || partsOf(node, profile) === 1) return undefined;
      const [x, g] = [cut(at(node.inputs, 0), count, rewriting), cut(at(node.inputs, 1), count, rewriting)];
      return total(node, at(rewriting.emit(matmul, [x, g], { transposeX: true, transposeY: false }), 0));
    },
    (node, rewriting) => {
      const [g] = node.inputs;
      const count = g && isColumnSum(node, g) ? parts.get(g.id) : undefined;
      if (!g || count === undefined) return undefined;
      const part = rewriting.emit(sum, [cut(g, count, rewriting)], { axes: [1], keepDims: false });
      return total(node, at(part, 0));
    },
  ]);
}

/** Xᵀ·G of two matrices, X (K,M) and G (K,N). */
const isTall = ({ op, inputs, attrs }: Node): boolean =>
  op.name === "matmul" &&
  attrs["transposeX"] === true &&
  attrs["transposeY"] === false &&
  inputs.every(({ shape }) => shape.length === 2);

function partsOf({ inputs }: Node, profile: Profile): number {
  const [k = 0, m = 0] = at(inputs, 0).shape;
  return sumParts(m, at(inputs, 1).shape[1] ?? 0, k, profile);
}

const isColumnSum = ({ op, attrs, outputs }: Node, { shape }: Value): boolean =>
  op.name === "sum" &&
  shape.length === 2 &&
  (attrs["axes"] as readonly number[]).join() === "0" &&
  outputs[0]?.shape.length === 1;

/** (K, N) → (parts, K / parts, N). Rows that are picked stay picked, so that they need not be made. */
function cutRows(value: Value, parts: number, { emit, producer }: Rewriting): Value {
  const into = ([k = 0, ...rest]: Shape): number[] => [parts, k / parts, ...rest];
  const reshaped = (x: Value): Value => at(emit(reshape, [x], { shape: into(x.shape) }), 0);
  const before = producer(value);
  if (before?.op.name !== "gather") return reshaped(value);
  return at(emit(gather, [at(before.inputs, 0), reshaped(at(before.inputs, 1))], before.attrs), 0);
}

/** The node's own result, from the parts: what reads it sees no difference. */
const total = (node: Node, part: Value): Node => ({
  ...node,
  op: sum,
  inputs: [part],
  attrs: { axes: [0], keepDims: false },
});
