// Tall products Xᵀ·G, whose sums run over a batch of thousands but whose results are small: a weight's gradient. Each is cut
// into a batch of shorter products and a sum over them (split-K in two passes, in a fixed order, without atomics). Its
// column sums, a bias's gradient, are cut alike, so that they still join it.

import { cached } from "../core/cached.ts";
import type { Shape } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { at } from "../ops/define.ts";
import { gather } from "../ops/gather.ts";
import { sumParts } from "../ops/matmul_choice.ts";
import { reshape } from "../ops/reshape.ts";
import { sum } from "../ops/sum.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";

export function splitSums(graph: Graph, profile: Profile): Graph {
  const tall = graph.nodes.filter((node) => isTall(node) && partsOf(node, profile) > 1);
  if (tall.length === 0) return graph;
  const parts = new Map(tall.map((node) => [at(node.inputs, 1).id, partsOf(node, profile)]));
  const products = new Set(tall.map(({ id }) => id));
  const done = new Map<string, Value>();
  return rewrite(graph, [
    (node, rewriting) => {
      const g = node.inputs.at(-1);
      const count = g && parts.get(g.id);
      const isProduct = products.has(node.id);
      if (count === undefined || !(isProduct || isColumnSum(node))) return undefined;
      // Cut once, so that what reads the same matrix still does.
      const inputs = node.inputs.map((value) =>
        cached(done, `${value.id} ${count}`, () => cutRows(value, count, rewriting)),
      );
      const attrs = isProduct ? node.attrs : { axes: [1], keepDims: false };
      return total(node, at(rewriting.emit(node.op, inputs, attrs), 0));
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

/** Of a matrix. */
const isColumnSum = ({ op, attrs, outputs }: Node): boolean =>
  op.name === "sum" && (attrs["axes"] as readonly number[]).join() === "0" && outputs[0]?.shape.length === 1;

/** (K, N) → (parts, K / parts, N). Rows that are picked stay picked, so that they need not be made. */
function cutRows(value: Value, parts: number, { emit, producer }: Rewriting): Value {
  const into = ([k = 0, ...rest]: Shape): number[] => [parts, k / parts, ...rest];
  const reshaped = (x: Value): Value => at(emit(reshape, [x], { shape: into(x.shape) }), 0);
  const before = producer(value);
  if (before?.op.name !== "gather") return reshaped(value);
  return at(emit(gather, [at(before.inputs, 0), reshaped(at(before.inputs, 1))], before.attrs), 0);
}

/** The node's own result, from the parts: what reads it sees no difference. */
export const total = (node: Node, part: Value): Node => ({
  ...node,
  op: sum,
  inputs: [part],
  attrs: { axes: [0], keepDims: false },
});
