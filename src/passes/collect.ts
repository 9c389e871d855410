// Groups of nodes as fused nodes: the end of fusion.

import { producersOf, type Graph } from "../graph/graph.ts";
import type { Node, Op } from "../graph/op.ts";
import { topological } from "../graph/topological.ts";
import { at } from "../ops/define.ts";
import type { Group, Groups } from "./groups.ts";

const fusedOp: Op = { name: "fused", infer: () => [] };

/**
 * Groups as nodes, in an order in which every value is made before it is read: each comes where its first node was, or
 * after the last of what it needs. None waits there for its turn, and no other is called for early.
 */
export function collect(graph: Graph, groups: Groups): Graph {
  const places = new Map<Node, number>();
  const done = new Set<Group>();
  graph.nodes.forEach((node, i) => {
    const group = groups.of(node);
    if (groups.isFree(node) || (group && done.has(group))) return;
    if (group) done.add(group);
    // What costs nothing can be anywhere.
    places.set(group ? fusedNode(groups, group) : node, node.op.alias ? 0 : i);
  });
  const order = topological([...places.keys()]);
  const makers = producersOf(order);
  for (const node of order) {
    const before = node.inputs.map(({ id }) => places.get(makers.get(id) ?? node) ?? 0);
    places.set(node, Math.max(places.get(node) ?? 0, ...before));
  }
  return { ...graph, nodes: order.sort((p, q) => (places.get(p) ?? 0) - (places.get(q) ?? 0)) };
}

function fusedNode(groups: Groups, group: Group): Node {
  const body = groups.bodyOf(group);
  const members = body.filter((node) => group.has(node));
  const head = members.find(({ op }) => op.anchor) ?? members.find(({ op }) => op.rows) ?? at(members, 0);
  if (body.length === 1) return head;
  return {
    id: head.id,
    op: fusedOp,
    inputs: groups.inputsOf(group),
    attrs: {},
    outputs: groups.outputsOf(group),
    // Recomputed maps that join backward nodes are part of the backward pass.
    phase: ([head, ...members].find(({ phase }) => phase !== "recompute") ?? head).phase,
    body,
  };
}
