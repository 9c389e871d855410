// An output, or the next value of a state, that is an input (possibly reshaped) gets a copy: a result must not change when
// the input does, and two states may be swapped.

import { GraphBuilder } from "../graph/builder.ts";
import { producersOf, type Graph } from "../graph/graph.ts";
import type { Value } from "../graph/op.ts";
import { broadcast } from "../ops/broadcast.ts";

export function copyInputs(graph: Graph): Graph {
  const producers = producersOf(graph.nodes);
  const isInput = (value: Value): boolean => {
    const node = producers.get(value.id);
    const [source] = node?.inputs ?? [];
    return node === undefined || (node.op.alias === true && source !== undefined && isInput(source));
  };
  const builder = new GraphBuilder();
  const copyOf = (value: Value): Value => {
    if (!isInput(value)) return value;
    const [copy] = builder.emit(broadcast, [value], { shape: value.shape });
    return copy ?? value;
  };
  const outputs = graph.outputs.map(({ name, value }) => ({ name, value: copyOf(value) }));
  const updates = graph.updates.map(({ state, value }) => ({
    state,
    value: value.id === state.id ? value : copyOf(value),
  }));
  return { ...graph, nodes: [...graph.nodes, ...builder.nodes], outputs, updates };
}
