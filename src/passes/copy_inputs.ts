// An output that is an input, possibly reshaped, gets a copy: a view of a result must not change when its input does.

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
  if (!graph.outputs.some(({ value }) => isInput(value))) return graph;
  const ids = graph.nodes.flatMap(({ id, outputs }) => [id, ...outputs.map((value) => value.id)]);
  const builder = new GraphBuilder(1 + Math.max(0, ...ids, ...graph.inputs.map(({ value }) => value.id)));
  const outputs = graph.outputs.map(({ name, value }) => {
    if (!isInput(value)) return { name, value };
    const [copy] = builder.emit(broadcast, [value], { shape: value.shape });
    return { name, value: copy ?? value };
  });
  return { ...graph, nodes: [...graph.nodes, ...builder.nodes], outputs };
}
