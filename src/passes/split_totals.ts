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
  const [first = 0] = axes;
  const last = first + axes.length - 1;
  if (axes.at(-1) !== last) return 1;
  const results = sizeOf(at(outputs, 0).shape);
  const count = sizeOf(shape) / results;
  const most =
    sizeOf(shape.slice(last + 1)) === 1 ? mostOfRows(results, count) : mostOfColumns(results, count);
  for (let parts = Math.floor(most); parts > 1; parts--) if (count % parts === 0) return parts;
  return 1;
}

/** Elements of a row lie together, and a workgroup takes each: it had better be one of many, and have enough to do. */
const LONG_ROW = 8192;
const SHORT_ROW = 64;
const WORKGROUPS = 128;

const mostOfRows = (results: number, count: number): number =>
  count < LONG_ROW ? 1 : Math.min(count / SHORT_ROW, Math.max(WORKGROUPS / results, count / LONG_ROW));

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
