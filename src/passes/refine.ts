// Moves maps between neighbouring kernels where fewer bytes then travel through memory. Joining groups is greedy: a map
// joins what makes its inputs, though what reads it may be elsewhere, beside more that could be computed there.

import type { Node } from "../graph/op.ts";
import type { Group, Groups } from "./groups.ts";

/** `mayBe` says whether a group can be a kernel. True where anything was moved. */
export function refine(groups: Groups, nodes: readonly Node[], mayBe: (group: Group) => boolean): boolean {
  const move = (moved: Group, from: Group, to: Group): boolean => {
    const rest = new Set([...from].filter((node) => !moved.has(node)));
    const more = new Set([...to, ...moved]);
    const before = traffic(groups, moved, [from, to]);
    if (traffic(groups, moved, [rest, more]) >= before || !mayBe(rest) || !mayBe(more)) return false;
    groups.put(rest, more);
    if (!groups.wouldCycle(rest) && !groups.wouldCycle(more)) return true;
    groups.put(from, to);
    return false;
  };
  const moveSomewhere = (node: Node): boolean => {
    const from = groups.of(node);
    if (!from || from.size === 1) return false;
    const moves = candidates(groups, node, from);
    return [...groups.beside(node)].some((to) => moves.some((moved) => move(moved, from, to)));
  };
  let any = false;
  // Each move saves bytes, so there is an end.
  while (nodes.filter(moveSomewhere).length > 0) any = true;
  return any;
}

/**
 * A map alone; with one after the other of those before it that the rest of its group does not read; and with those after
 * it that read nothing of the rest.
 */
function candidates(groups: Groups, start: Node, from: Group): Group[] {
  const grown = (forth: (node: Node) => Node[], back: (node: Node) => Node[]): Group[] => {
    const found: Group[] = [];
    let moved = new Set<Node>();
    for (let next: Node | undefined = start; next?.op.map && moved.size + 1 < from.size;) {
      moved = new Set([...moved, next]);
      found.push(moved);
      const isRest = (node: Node): boolean => from.has(node) && !moved.has(node);
      next = [...moved].flatMap(forth).find((node) => isRest(node) && !back(node).some(isRest));
    }
    return found;
  };
  const { makers, readers } = groups;
  return [...grown(makers, readers), ...grown(readers, makers)];
}

/** Bytes of what `moved` reads and makes that travel between memory and kernels of these groups, each once a kernel. */
function traffic(groups: Groups, moved: Group, kernels: readonly Group[]): number {
  const own = [...moved].flatMap((node) => groups.transfers(node));
  const values = new Map(own.map((transfer) => [transfer.value.id, transfer]));
  return [...values.values()].reduce(
    (sum, { value, bytes }) => sum + bytes * kernels.filter((kernel) => groups.crosses(value, kernel)).length,
    0,
  );
}
