// Softmax and its logarithm as what they are made of: a maximum, a sum, and maps.

import { freshId } from "../graph/builder.ts";
import type { Node } from "../graph/op.ts";
import { buildOn } from "../ops/build.ts";
import { at } from "../ops/define.ts";

/** The nodes that stand for a softmax; any other node as it is. */
export function expanded(node: Node): Node[] {
  const { name } = node.op;
  if (name !== "softmax" && name !== "logSoftmax") return [node];
  const nodes: Node[] = [];
  const b = buildOn({
    emit(op, inputs, attrs) {
      const outputs = op.infer(inputs, attrs).map((spec) => ({ ...spec, id: freshId() }));
      nodes.push({ ...node, id: freshId(), op, inputs, attrs, outputs });
      return outputs;
    },
  });
  const x = at(node.inputs, 0);
  const axis = Number(node.attrs["axis"]);
  const centered = b.sub(x, b.max(x, axis, true));
  const power = b.exp(centered);
  const total = b.sum(power, axis, true);
  if (name === "softmax") b.div(power, total);
  else b.sub(centered, b.log(total));
  const last = at(nodes, nodes.length - 1);
  return [...nodes.slice(0, -1), { ...last, outputs: node.outputs }];
}
