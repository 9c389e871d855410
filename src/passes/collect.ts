// Groups of nodes as fused nodes: the end of fusion.

import type { Graph } from "../graph/graph.ts";
import type { Node, Op } from "../graph/op.ts";
import { topological } from "../graph/topological.ts";
import { at } from "../ops/define.ts";
import type { Group, Groups } from "./groups.ts";

const fusedOp: Op = {
  name: "fused",
  infer: () => [],
  reference: () => [],
};

/** Groups as nodes, in an order in which every value is made before it is read. */
export function collect(graph: Graph, groups: Groups): Graph {
  const done = new Set<Group>();
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const group = groups.of(node);
    if (groups.isFree(node)) continue;
    if (!group) nodes.push(node);
    else if (!done.has(group)) {
      done.add(group);
      nodes.push(fusedNode(graph, groups, group));
    }
  }
  return { ...graph, nodes: topological(nodes) };
}

function fusedNode(graph: Graph, groups: Groups, group: Group): Node {
  const isMember = (node: Node): boolean => group.members.has(node) || feeds(node);
  /** Free nodes that members read, directly or through other free nodes. */
  const feeds = (node: Node): boolean =>
    groups.isFree(node) &&
    node.outputs.some(({ id }) => (groups.consumers.get(id) ?? []).some((reader) => isMember(reader)));
  const body = graph.nodes.filter(isMember);
  const head = group.anchor ?? at([...group.members], 0);
  if (body.length === 1) return head;
  return {
    id: head.id,
    op: fusedOp,
    inputs: groups.inputsOf(group.members),
    attrs: {},
    outputs: groups.outputsOf(group.members),
    // Recomputed maps that join backward nodes are part of the backward pass.
    phase: ([head, ...group.members].find(({ phase }) => phase !== "recompute") ?? head).phase,
    body,
  };
}
