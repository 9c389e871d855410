// What fusion must not undo: nodes that a checkpoint computes again stay apart from the pass whose values they spare.

import type { Node } from "../graph/op.ts";

/**
 * True where one kernel may hold these nodes. A recomputed product or reduction shares its kernel with recomputed nodes alone, so that
 * it is the forward pass's own; recomputed maps join the backward nodes that read them. Neither joins what makes the
 * values they start from: their results would be kept from then on.
 */
export function mayShareKernel(members: Iterable<Node>, producers: ReadonlyMap<number, Node>): boolean {
  const all = new Set(members);
  const again = [...all].filter(({ phase }) => phase === "recompute");
  if (again.length === 0) return true;
  if (new Set(again.map(({ recompute }) => recompute)).size > 1) return false;
  if (again.length === all.size) return true;
  const readsMember = ({ inputs }: Node): boolean =>
    inputs.some(({ id }) => {
      const maker = producers.get(id);
      return maker !== undefined && all.has(maker) && maker.phase !== "recompute";
    });
  return (
    ![...all].some(({ phase }) => phase === "forward") &&
    !again.some((node) => (node.op.anchor ?? node.op.rows) !== undefined || readsMember(node))
  );
}
