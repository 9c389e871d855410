// The oracle: runs any graph, node by node, with the ops' references, and keeps every value.

import { allocate } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/op.ts";
import { storeAs, type FloatStore } from "./reference.ts";
import { byReference } from "./references.ts";

/** Value id → its data. */
export type Environment = Map<number, HostTensor>;

/** Runs the graph on inputs in the graph's order. Throws ShapeError where one has another shape than declared. */
export function interpret(
  graph: Graph,
  inputs: readonly HostTensor[],
  store: FloatStore = "f32",
): Environment {
  const environment: Environment = new Map();
  graph.inputs.forEach(({ name, value }, i) => {
    const given = inputs[i];
    if (!given || !sameShape(given.shape, value.shape))
      throw new ShapeError(
        `input ${name}: expected ${formatShape(value.shape)}, got ${given ? formatShape(given.shape) : "nothing"}. Pass one tensor for each input.`,
      );
    const data = allocate(storeAs(value, store), given.data.length);
    data.set(given.data);
    environment.set(value.id, { shape: value.shape, dtype: storeAs(value, store), data });
  });
  for (const node of graph.nodes) runNode(node, environment, store);
  return environment;
}

/** Runs one node, or the body of a fused one, unfused. */
export function runNode(node: Node, environment: Environment, store: FloatStore): void {
  if (node.body) {
    for (const inner of node.body) runNode(inner, environment, store);
    return;
  }
  const inputs = node.inputs.map((value) => {
    const found = environment.get(value.id);
    if (!found) throw new ShapeError(`${node.op.name}: value ${value.id} has no data.`);
    return found;
  });
  const outputs = byReference(node.op, inputs, node.attrs, store);
  node.outputs.forEach((value, i) => {
    const made = outputs[i];
    if (made) environment.set(value.id, made);
  });
}
