// A sum of many elements into few is cut into sums of parts and a sum over those: one workgroup for each result would
// leave a GPU idle. The sum of a loss over 8192×10 elements took 226 µs of a step of 821 (H200).

import { sizeOf } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { at } from "../ops/define.ts";
import type { ReduceAttrs } from "../ops/reduce.ts";
import { reshape } from "../ops/reshape.ts";
import { rewrite } from "./rewrite.ts";
import { total } from "./split_sums.ts";

export function splitTotals(graph: Graph, { kind }: Profile): Graph {
  if (kind !== "gpu") return graph;
  return rewrite(graph, [
    (node, { emit }) => {
      const parts = node.op.name === "sum" ? partsOf(node) : 1;
      if (parts === 1) return undefined;
      const x = at(node.inputs, 0);
      // What a product sums beside its own work needs no kernel.
      const isFree = graph.nodes.some(({ op, inputs }) => op.name === "matmul" && inputs[1]?.id === x.id);
      if (isFree) return undefined;
      const { shape } = at(node.outputs, 0);
      const cut = emit(reshape, [x], { shape: [parts, sizeOf(x.shape) / sizeOf(shape) / parts, ...shape] });
      return total(node, at(emit(node.op, cut, { axes: [1], keepDims: false }), 0));
    },
  ]);
}

/** Into how many equal parts to cut a sum over all axes, or the first ones: 1 leaves it whole, and others. */
function partsOf({ inputs, outputs, attrs }: Node): number {
  const { axes, keepDims } = attrs as unknown as ReduceAttrs;
  const results = sizeOf(at(outputs, 0).shape);
  const count = sizeOf(at(inputs, 0).shape) / results;
  if (keepDims || axes.some((axis, i) => axis !== i)) return 1;
  const most = results === 1 ? mostOfAll(count) : mostOfColumns(results, count);
  for (let parts = Math.floor(most); parts > 1; parts--) if (count % parts === 0) return parts;
  return 1;
}

/** Elements that lie together are summed by a workgroup: it had better be one of many, and have enough to do. */
const LONG = 8192;
const SHORT = 64;
const WORKGROUPS = 128;

const mostOfAll = (count: number): number =>
  count < LONG ? 1 : Math.min(count / SHORT, Math.max(WORKGROUPS, count / LONG));

/**
 * Those of a column lie apart, and an invocation takes each where there are many, for 0.4 µs an element (H200). Too many parts
 * would make the second sum as slow.
 */
const MANY_COLUMNS = 256;
const LONG_COLUMN = 512;
const LONG_COLUMN_OF_FEW = 4096;
const SHORT_COLUMN = 32;
const INVOCATIONS = 2 ** 15;
const PARTS = 64;

const mostOfColumns = (results: number, count: number): number =>
  count < (results < MANY_COLUMNS ? LONG_COLUMN_OF_FEW : LONG_COLUMN)
    ? 1
    : Math.min(count / SHORT_COLUMN, Math.max(INVOCATIONS / results, PARTS));
