// Updates run as soon as they can: what only they still read, gradients above all, gives its memory back to the layers
// before.

import { append } from "../core/multimap.ts";
import { producersOf } from "../graph/graph.ts";
import type { Node } from "../graph/op.ts";

/**
 * The same order, but for nodes that take no memory (`isFree`), each of which comes right after the last one that it needs.
 * `before` gives the nodes that must run first although nothing of theirs is read.
 */
export function soonest(
  order: readonly Node[],
  isFree: (node: Node) => boolean,
  before: (node: Node) => readonly Node[],
): Node[] {
  const producers = producersOf(order);
  const waiting = new Map<Node, Set<Node>>();
  const waitedFor = new Map<Node, Node[]>();
  for (const node of order.filter(isFree)) {
    const needs = new Set([...node.inputs.flatMap(({ id }) => producers.get(id) ?? []), ...before(node)]);
    waiting.set(node, needs);
    for (const need of needs) append(waitedFor, need, node);
  }
  const result: Node[] = [];
  const run = (node: Node): void => {
    result.push(node);
    waiting.delete(node);
    for (const next of waitedFor.get(node) ?? []) {
      const needs = waiting.get(next);
      needs?.delete(node);
      if (needs?.size === 0) run(next);
    }
  };
  for (const [node, needs] of waiting) if (needs.size === 0) run(node);
  for (const node of order) if (!isFree(node)) run(node);
  return result;
}
