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
  const need = (value: Value, where: string): void => {
    if (!known.has(value.id)) fail(`${where} reads value ${value.id} before it is made`);
  };
  const checkNode = (node: Node): void => {
    for (const value of node.inputs) need(value, node.op.name);
    const inferred = node.op.infer(node.inputs, node.attrs);
    node.outputs.forEach((value, i) => {
      const spec = inferred[i];
      if (!spec || !same(spec, value))
        fail(
          `${node.op.name} gives ${spec ? formatSpec(spec) : "nothing"} where ${formatSpec(value)} is declared`,
        );
    });
  };
  for (const node of graph.nodes) {
    if (node.body) {
      for (const value of node.inputs) need(value, "fused node");
      const outside = new Set(known);
      for (const inner of node.body) {
        checkNode(inner);
        for (const value of inner.outputs) known.add(value.id);
      }
      known.clear();
      for (const id of outside) known.add(id);
    } else checkNode(node);
    for (const value of node.outputs) {
      if (known.has(value.id)) fail(`${node.op.name} makes value ${value.id} a second time`);
      known.add(value.id);
    }
  }
  for (const { name, value } of graph.outputs) need(value, `output ${name}`);
  for (const { state, value } of graph.updates) {
    need(value, "update");
    if (!same(state, value)) fail(`state ${formatSpec(state)} is replaced by ${formatSpec(value)}`);
  }
  return graph;
}
