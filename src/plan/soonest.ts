// Updates run as soon as they can: what only they still read, gradients above all, gives its memory back to the layers
// before.

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
  const done = new Set<Node>();
  const needs = ({ inputs }: Node): Node[] => inputs.flatMap(({ id }) => producers.get(id) ?? []);
  let waiting = order.filter(isFree);
  const result: Node[] = [];
  const runReady = (): void => {
    for (let found = true; found;) {
      const ready = waiting.find((node) => [...needs(node), ...before(node)].every((need) => done.has(need)));
      found = ready !== undefined;
      if (ready) run(ready);
    }
  };
  const run = (node: Node): void => {
    done.add(node);
    result.push(node);
    waiting = waiting.filter((other) => other !== node);
  };
  runReady();
  for (const node of order.filter((other) => !isFree(other))) {
    run(node);
    runReady();
  }
  return result;
}
