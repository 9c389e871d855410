// Nodes that cost nothing to repeat, so that every kernel that reads them has its own: constants, and picked rows.

import { sameShape } from "../core/shape.ts";
import { consumersOf, producersOf, resultsOf, type Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { Groups } from "./groups.ts";

/** Constants; and gathers all of whose readers can index rows themselves, and have buffers to spare for it. */
export function freeNodes(graph: Graph, profile: Profile): Set<Node> {
  const free = freeCandidates(graph);
  dropChains(graph, free);
  const most = profile.limits.maxStorageBuffersPerShaderStage;
  for (;;) {
    const groups = new Groups(graph, free, false);
    const crowded = graph.nodes.filter((node) => !free.has(node) && groups.bindings(new Set([node])) > most);
    const gathers = crowded.flatMap((node) => groups.makers(node)).filter(({ op }) => op.name === "gather");
    const before = free.size;
    for (const gather of gathers) free.delete(gather);
    if (free.size === before) return free;
  }
}

function freeCandidates(graph: Graph): Set<Node> {
  const consumers = consumersOf(graph.nodes);
  const results = resultsOf(graph);
  const canIndex = (reader: Node, source: Value | undefined, value: Value): boolean => {
    if (reader.op.map || reader.op.effect || reader.op.rows) return true;
    const rows = reader.op.anchor?.rows ?? [];
    // One matrix, or as many as the batch has: one for a whole batch would be picked again for each.
    const matrices = value.shape.slice(0, -2);
    return (
      source?.shape.length === 2 &&
      sameShape(matrices, reader.outputs[0]?.shape.slice(0, -2) ?? []) &&
      reader.inputs.every(({ id }, i) => id !== value.id || rows.includes(i))
    );
  };
  const isFree = (node: Node): boolean => {
    const [output] = node.outputs;
    if (!output || results.has(output.id)) return false;
    if (node.op.name === "constant")
      return (consumers.get(output.id) ?? []).every(({ op }) => op.map ?? op.effect);
    return (
      node.op.name === "gather" &&
      (consumers.get(output.id) ?? []).every((reader) => canIndex(reader, node.inputs[0], output))
    );
  };
  return new Set(graph.nodes.filter(isFree));
}

/** An anchor binds the rows it picks and their numbers as they lie in buffers: neither may be picked in turn. */
function dropChains(graph: Graph, free: Set<Node>): void {
  const producers = producersOf(graph.nodes);
  const sources = ({ inputs }: Node): Node[] => inputs.flatMap(({ id }) => producers.get(id) ?? []);
  const picked = graph.nodes
    .filter(({ op }) => op.anchor)
    .flatMap(sources)
    .filter((node) => free.has(node));
  for (const inner of picked.flatMap(sources)) free.delete(inner);
}
