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

/** A part is worth its workgroup from so many elements on, and a second sum its dispatch from so many for one result. */
const SHORTEST_PART = 64;
const LONG = 8192;
/** So many workgroups keep a GPU's cores busy. */
const ENOUGH = 128;

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
  const results = sizeOf(at(outputs, 0).shape);
  const count = sizeOf(at(inputs, 0).shape) / results;
  if (!(count >= LONG) || axes.some((axis, i) => axis !== (axes[0] ?? 0) + i)) return 1;
  const most = Math.min(Math.ceil(ENOUGH / results), Math.floor(count / SHORTEST_PART));
  for (let parts = most; parts > 1; parts--) if (count % parts === 0) return parts;
  return 1;
}
