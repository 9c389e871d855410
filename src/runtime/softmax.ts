// Softmax and its logarithm as what they are made of: a maximum, a sum, and maps.

import type { Shape } from "../core/shape.ts";
import { freshId } from "../graph/builder.ts";
import type { Attrs, Node, Value } from "../graph/op.ts";
import { at } from "../ops/define.ts";
import { div } from "../ops/div.ts";
import { exp } from "../ops/exp.ts";
import { log } from "../ops/log.ts";
import { max } from "../ops/max.ts";
import { sub } from "../ops/sub.ts";
import { sum } from "../ops/sum.ts";

/** The nodes that stand for a softmax; any other node as it is. */
export function expanded(node: Node): Node[] {
  const { name } = node.op;
  if (name !== "softmax" && name !== "logSoftmax") return [node];
  const x = at(node.inputs, 0);
  const y = at(node.outputs, 0);
  const axis = Number(node.attrs["axis"]);
  const rows = x.shape.map((dim, i) => (i === axis ? 1 : dim));
  const nodes: Node[] = [];
  const add = <A extends Attrs>(
    op: Node<A>["op"],
    inputs: readonly Value[],
    attrs: A,
    output: Value,
  ): Value => {
    nodes.push({ ...node, id: freshId(), op, inputs, attrs, outputs: [output] });
    return output;
  };
  const made = (shape: Shape): Value => ({ id: freshId(), shape, dtype: "f32" });
  const ofRow = { axes: [axis], keepDims: true };
  const most = add(max, [x], ofRow, made(rows));
  const centered = add(sub, [x, most], {}, made(x.shape));
  const power = add(exp, [centered], {}, made(x.shape));
  const total = add(sum, [power], ofRow, made(rows));
  if (name === "softmax") add(div, [power, total], {}, y);
  else add(sub, [centered, add(log, [total], {}, made(rows))], {}, y);
  return nodes;
}
