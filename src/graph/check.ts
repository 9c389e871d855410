// Re-infers every node and checks the order, so that a pass that breaks a graph is caught where it happens.

import { ChainruleError } from "../core/errors.ts";
import { sameShape } from "../core/shape.ts";
import type { Graph } from "./graph.ts";
import type { Node, Spec, Value } from "./op.ts";
import { formatSpec } from "./print.ts";

const same = (a: Spec, b: Spec): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

/** Gives the graph back. Throws ChainruleError, naming `after`, where a value is unknown, made twice or misshapen. */
export function checkGraph(graph: Graph, after: string): Graph {
  const fail = (what: string): never => {
    throw new ChainruleError(`graph after ${after}: ${what}. This is a bug in chainrule: please report it.`);
  };
  const known = new Set(graph.inputs.map(({ value }) => value.id));
  const need = ({ id }: Value, where: string): void => {
    if (!known.has(id)) fail(`${where} reads value ${id} before it is made`);
  };
  const checkNode = ({ op, inputs, attrs, outputs, body }: Node): void => {
    for (const value of inputs) need(value, op.name);
    const inferred = body ? outputs : op.infer(inputs, attrs);
    body?.forEach(checkNode);
    // What a fused node makes is made in its body.
    for (const { id } of body?.flatMap((node) => node.outputs) ?? []) known.delete(id);
    outputs.forEach((value, i) => {
      const spec = inferred[i];
      if (!spec || !same(spec, value))
        fail(
          `${op.name} gives ${spec ? formatSpec(spec) : "nothing"} where ${formatSpec(value)} is declared`,
        );
      if (known.has(value.id)) fail(`${op.name} makes value ${value.id} a second time`);
      known.add(value.id);
    });
  };
  graph.nodes.forEach(checkNode);
  for (const { name, value } of graph.outputs) need(value, `output ${name}`);
  for (const { state, value } of graph.updates) {
    need(value, "update");
    if (!same(state, value)) fail(`state ${formatSpec(state)} is replaced by ${formatSpec(value)}`);
  }
  return graph;
}
