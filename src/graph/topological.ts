// A stable topological order: nodes stay where they are unless something they need comes later.

import { ChainruleError } from "../core/errors.ts";
import { producersOf } from "./graph.ts";
import type { Node } from "./op.ts";

/** `before` adds edges: nodes that must run before the given one although it reads nothing of theirs. */
export function topological(nodes: readonly Node[], before?: (node: Node) => readonly Node[]): Node[] {
  const producers = producersOf(nodes);
  const done = new Set<Node>();
  const open = new Set<Node>();
  const order: Node[] = [];
  const visit = (node: Node): void => {
    if (done.has(node)) return;
    if (open.has(node))
      throw new ChainruleError(
        `order: ${node.op.name} needs its own result. This is a bug in chainrule: please report it.`,
      );
    open.add(node);
    for (const { id } of node.inputs) {
      const producer = producers.get(id);
      if (producer) visit(producer);
    }
    for (const other of before?.(node) ?? []) visit(other);
    open.delete(node);
    done.add(node);
    order.push(node);
  };
  for (const node of nodes) visit(node);
  return order;
}
