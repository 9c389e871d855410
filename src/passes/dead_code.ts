// Drops the nodes that no output and no update needs.

import { resultsOf, type Graph } from "../graph/graph.ts";

export function dropDeadCode(graph: Graph): Graph {
  const needed = resultsOf(graph);
  const nodes = [...graph.nodes].reverse().filter((node) => {
    const live = node.outputs.some(({ id }) => needed.has(id));
    if (live) for (const { id } of node.inputs) needed.add(id);
    return live;
  });
  return { ...graph, nodes: nodes.reverse() };
}
