// Reverse mode: walks a graph from the loss to its leaves, through one vjp rule an op, and appends the backward nodes.

import { GradientError, ShapeError } from "../core/errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Node, Value } from "../graph/op.ts";
import { formatSpec } from "../graph/print.ts";
import type { Pass } from "../graph/segments.ts";
import { buildOn } from "../ops/build.ts";
import { at } from "../ops/define.ts";

/**
 * The gradients of a scalar `loss` with respect to `wrt`, as values appended to `graph`; undefined where the loss does
 * not depend on one. The first contribution to a cotangent is it, later ones are added: a value used twice gets the sum.
 * Throws ShapeError unless the loss is an f32 scalar, and GradientError at an op without a derivative.
 */
export function gradients(graph: GraphBuilder, loss: Value, wrt: readonly Value[]): (Value | undefined)[] {
  if (loss.shape.length > 0 || loss.dtype !== "f32")
    throw new ShapeError(
      `valueAndGrad: the loss must be an f32 scalar, but it is ${formatSpec(loss)}. Reduce it with sum() or mean().`,
    );
  return graph.within("backward", () => pullBack(graph, loss, wrt));
}

function pullBack(graph: GraphBuilder, loss: Value, wrt: readonly Value[]): (Value | undefined)[] {
  const build = buildOn(graph);
  const path = pathTo(graph, loss, wrt);
  const idOf = (value: Value): number => firstId(graph, value);
  // The values that a cotangent is of use for: those between `wrt` and the loss.
  const wanted = new Set([...wrt, ...path.flatMap(({ outputs }) => outputs)].map(idOf));
  const cotangents = new Map<number, Value>();
  // A value that was computed again has the cotangent of the first.
  const cotangentOf = (value: Value): Value | undefined => cotangents.get(idOf(value));
  const contribute = (value: Value, ct: Value): void => {
    const id = idOf(value);
    if (!wanted.has(id)) return;
    const before = cotangents.get(id);
    cotangents.set(id, before ? build.add(before, ct) : ct);
  };
  const pass: Pass = {
    cotangents,
    pullBack({ op, inputs, attrs, outputs }) {
      const ct = outputs.map(cotangentOf).find((found) => found !== undefined);
      if (!ct) return;
      if (!op.vjp)
        throw new GradientError(
          `${op.name} has no gradient: ${op.noGradient ?? "none is known."} Or wrap it in stopGradient().`,
        );
      const [x, out] = [at(inputs, 0), at(outputs, 0)];
      const [, y = x, z = y] = inputs;
      const found = op.vjp({ x, y, z, attrs, out, ct }, build);
      inputs.forEach((input, i) => {
        const part = found[i];
        if (part && input.dtype === "f32") contribute(input, part);
      });
    },
  };
  if (wanted.has(idOf(loss))) contribute(loss, build.constant(1));
  if (graph.segments) graph.segments.walk(path, pass);
  else for (const node of [...path].reverse()) pass.pullBack(node);
  return wrt.map(cotangentOf);
}

/** What is computed again stands for what was computed first. */
const firstId = ({ segments }: GraphBuilder, { id }: Value): number => segments?.firstOf(id) ?? id;

/** The nodes that lie between `wrt` and `loss`, in order: only these need a backward pass. Copies are no path of their own. */
function pathTo(graph: GraphBuilder, loss: Value, wrt: readonly Value[]): Node[] {
  const idsOf = (values: readonly Value[]): number[] => values.map((value) => firstId(graph, value));
  const reached = new Set(idsOf(wrt));
  const downstream = graph.nodes.filter(({ phase, inputs, outputs }) => {
    const reaches = phase !== "recompute" && idsOf(inputs).some((id) => reached.has(id));
    if (reaches) for (const id of idsOf(outputs)) reached.add(id);
    return reaches;
  });
  const needed = new Set(idsOf([loss]));
  const path: Node[] = [];
  for (const node of downstream.reverse()) {
    if (!idsOf(node.outputs).some((id) => needed.has(id))) continue;
    for (const id of idsOf(node.inputs)) needed.add(id);
    path.push(node);
  }
  return path.reverse();
}
