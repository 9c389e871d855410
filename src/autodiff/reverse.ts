// Reverse mode: walks a graph from the loss to its leaves, through one vjp rule an op, and appends the backward nodes.

import { GradientError, ShapeError } from "../core/errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Node, Value } from "../graph/op.ts";
import { formatSpec } from "../graph/print.ts";
import type { Pass } from "../graph/segments.ts";
import { buildOn, type Build } from "../ops/build.ts";
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
  return graph.within("backward", () => new ReversePass(graph, loss, wrt).run());
}

class ReversePass implements Pass {
  private readonly graph: GraphBuilder;
  private readonly build: Build;
  private readonly loss: Value;
  private readonly wrt: readonly Value[];
  /** The values that a cotangent is of use for: those between `wrt` and the loss. */
  private readonly wanted: Set<number>;
  private readonly path: readonly Node[];
  readonly cotangents = new Map<number, Value>();

  constructor(graph: GraphBuilder, loss: Value, wrt: readonly Value[]) {
    this.graph = graph;
    this.build = buildOn(graph);
    this.loss = loss;
    this.wrt = wrt;
    this.path = pathTo(graph, loss, wrt);
    const between = this.path.flatMap(({ outputs }) => outputs);
    this.wanted = new Set([...wrt, ...between].map((value) => this.idOf(value)));
  }

  run(): (Value | undefined)[] {
    if (this.wanted.has(this.idOf(this.loss))) this.contribute(this.loss, this.build.constant(1));
    const { segments } = this.graph;
    if (segments) segments.walk(this.path, this);
    else for (const node of [...this.path].reverse()) this.pullBack(node);
    return this.wrt.map((value) => this.cotangentOf(value));
  }

  /** A value that was computed again has the cotangent of the first. */
  private idOf(value: Value): number {
    return firstId(this.graph, value);
  }

  private cotangentOf(value: Value): Value | undefined {
    return this.cotangents.get(this.idOf(value));
  }

  private contribute(value: Value, ct: Value): void {
    const id = this.idOf(value);
    if (!this.wanted.has(id)) return;
    const before = this.cotangents.get(id);
    this.cotangents.set(id, before ? this.build.add(before, ct) : ct);
  }

  pullBack(node: Node): void {
    const { op, inputs, attrs, outputs } = node;
    const ct = outputs.map((value) => this.cotangentOf(value)).find((found) => found !== undefined);
    if (!ct) return;
    if (!op.vjp)
      throw new GradientError(
        `${op.name} has no gradient: ${op.noGradient ?? "none is known."} Or wrap it in stopGradient().`,
      );
    const [x, out] = [at(inputs, 0), at(outputs, 0)];
    const [, y = x, z = y] = inputs;
    const found = op.vjp({ x, y, z, attrs, out, ct }, this.build);
    inputs.forEach((input, i) => {
      const part = found[i];
      if (part && input.dtype === "f32") this.contribute(input, part);
    });
  }
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
