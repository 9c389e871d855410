// Nodes that cost nothing to repeat, so that every kernel that reads them has its own: constants, picked rows, and maps that
// products compute as they load.

import { sameShape } from "../core/shape.ts";
import { consumersOf, producersOf, resultsOf, type Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { groupsIn } from "./groups.ts";
import { operandMaps } from "./operand_maps.ts";

/** As far as the readers of rows can index them themselves, and all have buffers to spare. */
export function freeNodes(graph: Graph, profile: Profile): Set<Node> {
  const free = freeCandidates(graph, profile);
  dropChains(graph, free);
  const most = profile.limits.maxStorageBuffersPerShaderStage;
  for (;;) {
    const groups = groupsIn(graph, free, false);
    const crowded = graph.nodes.filter((node) => !free.has(node) && groups.bindings(new Set([node])) > most);
    const makers = crowded.flatMap(groups.makers).filter(({ op }) => op.name !== "constant");
    const before = free.size;
    for (const maker of makers) free.delete(maker);
    if (free.size === before) return free;
  }
}

function freeCandidates(graph: Graph, profile: Profile): Set<Node> {
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
  const free = new Set(graph.nodes.filter(isFree));
  for (const map of operandMaps(graph, free, profile)) free.add(map);
  return free;
}

/** An anchor binds the rows it picks and their numbers as they lie in buffers: neither may be picked in turn. */
function dropChains(graph: Graph, free: Set<Node>): void {
  const producers = producersOf(graph.nodes);
  const sources = ({ inputs }: Node): Node[] => inputs.flatMap(({ id }) => producers.get(id) ?? []);
  const read = new Set(graph.nodes.filter(({ op }) => op.anchor).flatMap(sources));
  // What is picked is loaded through free maps too.
  for (const node of read)
    if (free.has(node) && node.op.name !== "gather") for (const source of sources(node)) read.add(source);
  const picked = [...read].filter((node) => free.has(node) && node.op.name === "gather");
  for (const inner of picked.flatMap(sources)) free.delete(inner);
}
