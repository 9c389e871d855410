// function + specs → graph. The user's function runs once, on symbolic tensors.

import type { DType } from "../core/dtype.ts";
import { ChainruleError, ValueError } from "../core/errors.ts";
import { checkShape, type Shape } from "../core/shape.ts";
import { leavesOf, mapTree, type Tree } from "../core/tree.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, InputKind } from "../graph/graph.ts";
import type { Spec } from "../graph/op.ts";
import { Tensor } from "./tensor.ts";
import { tracerOn, type Tracer } from "./tracer.ts";
import { formatSpec } from "../graph/print.ts";

/** Shape, element type and purpose of an input. */
export interface InputSpec extends Spec {
  readonly kind: InputKind;
}

/** An input of a traced function. f32 unless said otherwise, and written before each run unless it is `resident`. */
export function spec(shape: Shape, dtype: DType = "f32", kind: InputKind = "batch"): InputSpec {
  checkShape("spec", shape);
  return { shape, dtype, kind };
}

/** A tensor that is uploaded once, such as a data set. */
export const resident = (shape: Shape, dtype: DType = "f32"): InputSpec => spec(shape, dtype, "resident");
/** A scalar that changes seldom, such as a learning rate. */
export const hyper = (): InputSpec => spec([], "f32", "hyper");

const hasSpec = (x: unknown): x is Spec =>
  x !== null && typeof x === "object" && "shape" in x && "dtype" in x;
export const isSpec = (x: unknown): x is InputSpec => hasSpec(x) && "kind" in x;
export const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;

/** A graph, and how its outputs were arranged. */
export interface Traced {
  readonly graph: Graph;
  /** Leaves are indices into the graph's outputs. */
  readonly outputs: Tree<number>;
}

/** A function of trees of tensors; its arguments' types are the caller's. */
export type Traceable = (...args: never[]) => Tree<Tensor>;

/** (state, …inputs) → [next state, outputs]. */
export type TraceableStep = (...args: never[]) => readonly [nextState: Tree<Tensor>, outputs: Tree<Tensor>];

/** Traces `f` on inputs named `name` or `name.path`. */
export function trace(
  f: Traceable,
  args: readonly { readonly name: string; readonly specs: Tree<InputSpec> }[],
): Traced {
  return traceStep((_, ...given: never[]) => [{}, f(...given)], {}, args);
}

/** Traces a step `(state, ...args) => [nextState, outputs]`; the next state has the same tree, shapes and types. */
export function traceStep(
  f: TraceableStep,
  state: Tree<Spec>,
  args: readonly { readonly name: string; readonly specs: Tree<InputSpec> }[],
): Traced {
  const tracer = tracerOn(new GraphBuilder());
  const before = enter(
    tracer,
    mapTree(state, hasSpec, ({ shape, dtype }) => spec(shape, dtype, "state")),
    "",
  );
  const given = args.map(({ name, specs }) => enter(tracer, specs, name));
  const [after, result] = (f as (...args: Tree<Tensor>[]) => readonly [Tree<Tensor>, Tree<Tensor>])(
    before,
    ...given,
  );
  const { outputs, arrangement } = leave(tracer, result);
  const next = new Map(leavesOf(after, isTensor).map(({ name, leaf }) => [name, leaf]));
  const updates = leavesOf(before, isTensor).map(({ name, leaf }) => {
    const replacement = next.get(name);
    next.delete(name);
    if (!replacement)
      throw new ValueError(`step: the next state has no ${name}. Return every state, changed or not.`);
    const [now, then] = [formatSpec(leaf), formatSpec(replacement)];
    if (now !== then)
      throw new ValueError(
        `step: state ${name} is ${now}, but its replacement is ${then}. Keep shape and type.`,
      );
    return { state: leaf.value, value: replacement.value };
  });
  if (next.size)
    throw new ValueError(
      `step: the next state has ${[...next.keys()].join(", ")}, which the state lacks. Return the same tree.`,
    );
  return { graph: tracer.graph.finish(outputs, updates), outputs: arrangement };
}

function enter(tracer: Tracer, specs: Tree<InputSpec>, name: string): Tree<Tensor> {
  return mapTree(
    specs,
    isSpec,
    ({ shape, dtype, kind }, path) => new Tensor(tracer, tracer.graph.input(path, kind, shape, dtype)),
    name,
  );
}

function leave(tracer: Tracer, result: Tree<Tensor>) {
  const leaves = leavesOf(result, isTensor);
  for (const { name, leaf } of leaves)
    if (leaf.tracer !== tracer)
      throw new ChainruleError(
        `trace: output ${name || "result"} belongs to another trace. Use only tensors that this function was given or made.`,
      );
  let next = 0;
  return {
    outputs: leaves.map(({ name, leaf }) => ({ name: name || "result", value: leaf.value })),
    arrangement: mapTree(result, isTensor, () => next++),
  };
}
