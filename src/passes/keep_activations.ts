// The graph without checkpoints: what they compute again is once more equal to what was computed before, which simplify
// finds and merges.

import type { Graph } from "../graph/graph.ts";

export const keepActivations = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map(({ recompute, ...node }) =>
    recompute === undefined ? node : { ...node, phase: "backward" },
  ),
});
