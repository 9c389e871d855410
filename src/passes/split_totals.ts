// A sum of many elements into few is cut into sums of parts and a sum over those: one workgroup for each result would
// leave a GPU idle. The sum of a loss over 8192×10 elements took 226 µs of a step of 821 (H200).

import { sizeOf } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { at } from "../ops/define.ts";
import type { ReduceAttrs } from "../ops/reduce.ts";
import { reshape } from "../ops/reshape.ts";
import { sum } from "../ops/sum.ts";
import { rewrite } from "./rewrite.ts";

/** Where a row's elements lie together, a workgroup works on each row. */
const TOGETHER = { long: 8192, shortestPart: 64, enough: 128, longestPart: 8192 } as const;
/**
 * Where they lie apart, as in the sum of each column, an invocation works on each from 256 of them on, and takes 0.4 µs for
 * each element (H200): 8192×2048 took 3.3 ms. Too many parts make the second sum as slow.
 */
const APART = { many: 256, long: 512, fewLong: 4096, shortestPart: 32, enough: 2 ** 15, parts: 64 } as const;

export function splitTotals(graph: Graph, { kind }: Profile): Graph {
  if (kind !== "gpu") return graph;
  // What a product sums beside its own work needs no kernel.
  const summed = new Set(
    graph.nodes.filter(({ op }) => op.name === "matmul").map(({ inputs }) => inputs[1]?.id),
  );
  return rewrite(graph, [
    (node, { emit }) => {
      const [x] = node.inputs;
      if (node.op.name !== "sum" || !x || summed.has(x.id)) return undefined;
      const parts = partsOf(node);
      if (parts === 1) return undefined;
      const { axes, keepDims } = node.attrs as ReduceAttrs;
      const [first = 0] = axes;
      const [before, after] = [x.shape.slice(0, first), x.shape.slice(first + axes.length)];
      const count = sizeOf(x.shape) / sizeOf(at(node.outputs, 0).shape);
      const cut = emit(reshape, [x], { shape: [...before, parts, count / parts, ...after] });
      const part = emit(sum, cut, { axes: [first + 1], keepDims: false });
      if (!keepDims) return { ...node, inputs: part, attrs: { axes: [first], keepDims } };
      const ones = axes.slice(1).map(() => 1);
      return { ...node, inputs: emit(reshape, part, { shape: [...before, parts, ...ones, ...after] }) };
    },
  ]);
}

/** Into how many equal parts to cut a sum over neighbouring axes: 1 leaves it whole. */
function partsOf({ inputs, outputs, attrs }: Node): number {
  const { axes } = attrs as unknown as ReduceAttrs;
  const { shape } = at(inputs, 0);
  const results = sizeOf(at(outputs, 0).shape);
  const count = sizeOf(shape) / results;
  if (axes.some((axis, i) => axis !== (axes[0] ?? 0) + i)) return 1;
  const isTogether = sizeOf(shape.slice((axes.at(-1) ?? 0) + 1)) === 1;
  const most = isTogether ? mostTogether(results, count) : mostApart(results, count);
  for (let parts = most; parts > 1; parts--) if (count % parts === 0) return parts;
  return 1;
}

function mostTogether(results: number, count: number): number {
  const { long, shortestPart, enough, longestPart } = TOGETHER;
  if (!(count >= long)) return 1;
  return Math.floor(Math.min(count / shortestPart, Math.max(enough / results, count / longestPart)));
}

function mostApart(results: number, count: number): number {
  const { many, long, fewLong, shortestPart, enough, parts } = APART;
  if (!(count >= (results >= many ? long : fewLong))) return 1;
  return Math.floor(Math.min(count / shortestPart, Math.max(enough / results, parts)));
}
