// What passes share: walking a graph once while values are replaced by others.

import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";

/** What a rule sees: a node with its inputs already rewritten, and the nodes before it. */
export interface Rewriting {
  producer(value: Value): Node | undefined;
  /** Adds a node before the one at hand. */
  emit: GraphBuilder["emit"];
}

/** A rule gives another node for the same outputs, a value to use instead of the only output, or nothing. */
export type Rule = (node: Node, rewriting: Rewriting) => Node | Value | undefined;

const isNode = (found: Node | Value): found is Node => "op" in found;

/** Applies the first rule that fits to each node in turn, until none fits. */
export function rewrite(graph: Graph, rules: readonly Rule[]): Graph {
  const builder = new GraphBuilder();
  const replaced = new Map<number, Value>();
  const producers = new Map<number, Node>();
  const current = (value: Value): Value => replaced.get(value.id) ?? value;
  const made = (node: Node): void => {
    for (const { id } of node.outputs) producers.set(id, node);
  };
  const rewriting: Rewriting = {
    producer: ({ id }) => producers.get(id),
    emit: (op, inputs, attrs) => {
      const node = builder.emitNode(op, inputs, attrs);
      made(node);
      return node.outputs;
    },
  };
  for (const original of graph.nodes) {
    builder.phase = original.phase;
    builder.recompute = original.recompute;
    let node: Node = { ...original, inputs: original.inputs.map(current) };
    let value: Value | undefined;
    for (let i = 0; i < rules.length && !value; i++) {
      const found = rules[i]?.(node, rewriting);
      if (!found) continue;
      if (isNode(found)) {
        node = found;
        i = -1;
      } else value = found;
    }
    const [output] = node.outputs;
    if (value && output) replaced.set(output.id, value);
    else {
      builder.nodes.push(node);
      made(node);
    }
  }
  return {
    inputs: graph.inputs,
    nodes: [...builder.nodes],
    outputs: graph.outputs.map(({ name, value }) => ({ name, value: current(value) })),
    updates: graph.updates.map(({ state, value }) => ({ state, value: current(value) })),
  };
}
