// Whether a kernel may write a value where one that it reads lies.

import { sameShape } from "../core/shape.ts";
import type { Node, Value } from "../graph/op.ts";

/**
 * True where the kernel reads `source` only at the element of `value` that it is about to write, and under that shape.
 * `root` gives the value whose buffer an alias has.
 */
export function readsOnlyInPlace(
  maker: Node,
  source: Value,
  value: Value,
  root: (value: Value) => Value,
): boolean {
  if (source.dtype !== value.dtype || !sameShape(source.shape, value.shape)) return false;
  const body = maker.body ?? [maker];
  const anchors = body.filter(({ op }) => op.anchor ?? op.rows);
  // Rows are written when all of them that is needed has been read; beside a product, their totals are a second store.
  const stores = anchors.some(({ op }) => op.anchor) ? anchors.length : 1;
  const isInPlace = (reader: Node, at: number): boolean => {
    const { op, outputs } = reader;
    if (op.effect) return outputs[op.effect.overwrites.indexOf(at)]?.id === value.id;
    if (!op.map?.pointwise || !sameShape(outputs[0]?.shape ?? [], source.shape)) return false;
    const after = fromHere(reader, body);
    // What an anchor loads is read by many invocations.
    if (anchors.some((anchor) => after.has(anchor))) return false;
    // A kernel with two stores has written at one when it comes to the other.
    return stores < 2 || [...after].some((node) => node.outputs.some(({ id }) => id === value.id));
  };
  return body.every((node) =>
    node.inputs.every(
      (input, i) => root(input).id !== root(source).id || (input.id === source.id && isInPlace(node, i)),
    ),
  );
}

/** A node of the body and all that depend on it. */
function fromHere(start: Node, body: readonly Node[]): Set<Node> {
  const made = new Set(start.outputs.map(({ id }) => id));
  const after = body.filter((node) => {
    const depends = node === start || node.inputs.some(({ id }) => made.has(id));
    if (depends) for (const { id } of node.outputs) made.add(id);
    return depends;
  });
  return new Set(after);
}
