// Reverse mode: walks a graph from the loss to its leaves, through one vjp rule an op, and appends the backward nodes.

import { GradientError, ShapeError } from "../core/errors.ts";
import { formatShape } from "../core/shape.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Node, Value } from "../graph/op.ts";
import { buildOn } from "../ops/build.ts";

/**
 * The gradients of a scalar `loss` with respect to `wrt`, as values appended to `graph`; undefined where the loss does
 * not depend on one. The first contribution to a cotangent is it, later ones are added: a value used twice gets the sum.
 * Throws ShapeError unless the loss is an f32 scalar, and GradientError at an op without a derivative.
 */
export function gradients(graph: GraphBuilder, loss: Value, wrt: readonly Value[]): (Value | undefined)[] {
  if (loss.shape.length > 0 || loss.dtype !== "f32")
    throw new ShapeError(
      `gradients: the loss must be an f32 scalar, but it is ${loss.dtype}${formatShape(loss.shape)}. Reduce it with sum() or mean().`,
    );
  return graph.within("backward", () => {
    const build = buildOn(graph);
    const cotangents = new Map<number, Value>();
    const contribute = (value: Value, ct: Value): void => {
      const before = cotangents.get(value.id);
      cotangents.set(value.id, before ? build.add(before, ct) : ct);
    };
    const path = pathTo(graph.nodes, loss, wrt);
    if (path.length > 0 || wrt.some(({ id }) => id === loss.id)) contribute(loss, build.constant(1));
    for (const node of path.reverse()) {
      const given = node.outputs.map(({ id }) => cotangents.get(id));
      const ct = given.find((found) => found !== undefined);
      if (!ct) continue;
      if (!node.op.vjp)
        throw new GradientError(
          `${node.op.name} has no gradient: ${node.op.noGradient ?? "none is known."} Or wrap it in stopGradient().`,
        );
      const found = node.op.vjp({ node, cotangents: given, ct }, build);
      node.inputs.forEach((input, i) => {
        const part = found[i];
        if (part && input.dtype === "f32") contribute(input, part);
      });
    }
    return wrt.map(({ id }) => cotangents.get(id));
  });
}

/** The nodes that lie between `wrt` and `loss`, in order: only these need a backward pass. */
function pathTo(nodes: readonly Node[], loss: Value, wrt: readonly Value[]): Node[] {
  const reached = new Set(wrt.map(({ id }) => id));
  const downstream = nodes.filter((node) => {
    const reaches = node.inputs.some(({ id }) => reached.has(id));
    if (reaches) for (const { id } of node.outputs) reached.add(id);
    return reaches;
  });
  const needed = new Set([loss.id]);
  const path: Node[] = [];
  for (const node of downstream.reverse()) {
    if (!node.outputs.some(({ id }) => needed.has(id))) continue;
    for (const { id } of node.inputs) needed.add(id);
    path.push(node);
  }
  return path.reverse();
}
