// A stable topological order: nodes stay where they are unless something they need comes later.

import { ChainruleError } from "../core/errors.ts";
import { producersOf } from "./graph.ts";
import type { Node } from "./op.ts";

/** Throws ChainruleError where a node needs its own result. */
export function topological(nodes: readonly Node[]): Node[] {
  const order = orderWith(nodes, () => []);
  if (!order)
    throw new ChainruleError(
      "order: a node needs its own result. This is a bug in chainrule: please report it.",
    );
  return order;
}

/**
 * The order in which also what `before` gives for a node runs before it, although it reads nothing of theirs; undefined
 * where there is none.
 */
export function orderWith(
  nodes: readonly Node[],
  before: (node: Node) => readonly Node[],
): Node[] | undefined {
  const producers = producersOf(nodes);
  const done = new Set<Node>();
  const open = new Set<Node>();
  const order: Node[] = [];
  /** False where the node is on its own path. */
  const visit = (node: Node): boolean => {
    if (done.has(node)) return true;
    if (open.has(node)) return false;
    open.add(node);
    const makers = node.inputs.flatMap(({ id }) => producers.get(id) ?? []);
    if (![...makers, ...before(node)].every(visit)) return false;
    open.delete(node);
    done.add(node);
    order.push(node);
    return true;
  };
  return nodes.every(visit) ? order : undefined;
}
