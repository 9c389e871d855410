// Where state is replaced. A new value is written over the old one when everything else that reads the old one can run
// first; else it is computed apart and copied when all is done.

import { ValueError } from "../core/errors.ts";
import { freshId } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import { orderWith, topological } from "../graph/topological.ts";
import { broadcast } from "../ops/broadcast.ts";
import { readsOnlyInPlace } from "./in_place.ts";
import { soonest } from "./soonest.ts";

export interface Updates {
  /** Nodes in the order of execution, copies last. */
  readonly order: readonly Node[];
  /** Value id → the state input whose buffer it is written to. */
  readonly overwrites: ReadonlyMap<number, Value>;
}

export function placeUpdates(graph: Graph, root: (value: Value) => Value): Updates {
  const overwrites = new Map<number, Value>();
  const first = new Map<Node, Node[]>();
  let order = topological(graph.nodes);
  const copies: Node[] = [];
  for (const { state, value } of graph.updates) {
    if (value.id === state.id) continue;
    const maker = graph.nodes.find(({ outputs }) => outputs.some(({ id }) => id === value.id));
    if (
      maker &&
      root(value) === value &&
      !overwrites.has(value.id) &&
      readsOnlyInPlace(maker, state, value, root) &&
      !loadsBeside(maker, state, value, graph, overwrites, root)
    ) {
      const readers = graph.nodes.filter(
        (node) => node !== maker && node.inputs.some((input) => root(input).id === state.id),
      );
      const before = new Map(first).set(maker, [...(first.get(maker) ?? []), ...readers]);
      const ordered = comesLast(order, maker, readers)
        ? order
        : orderWith(graph.nodes, (node) => before.get(node) ?? []);
      if (ordered) {
        order = ordered;
        first.set(maker, before.get(maker) ?? []);
        overwrites.set(value.id, state);
        continue;
      }
    }
    const written: Value = { ...state, id: freshId() };
    copies.push({
      id: freshId(),
      op: broadcast,
      inputs: [value],
      attrs: { shape: state.shape },
      outputs: [written],
      phase: "update",
    });
    overwrites.set(written.id, state);
  }
  checkEffects(graph.nodes, overwrites);
  const writesStateAlone = ({ outputs }: Node): boolean => outputs.every(({ id }) => overwrites.has(id));
  const prompt = soonest(order, writesStateAlone, (node) => first.get(node) ?? []);
  return { order: [...prompt, ...copies], overwrites };
}

/** True where a product's kernel would bind a shared buffer twice: whole, to write the state, and the part that it loads. */
function loadsBeside(
  maker: Node,
  state: Value,
  value: Value,
  { nodes, inputs }: Graph,
  overwrites: ReadonlyMap<number, Value>,
  root: (value: Value) => Value,
): boolean {
  const slabs = new Map(inputs.map((input) => [input.value.id, input.home?.slab]));
  const slab = slabs.get(state.id);
  if (slab === undefined) return false;
  const isInSlab = (other: Value): boolean =>
    slabs.get((overwrites.get(root(other).id) ?? root(other)).id) === slab;
  const loads = (node: Node, is: (value: Value) => boolean): boolean =>
    node.inputs.some((other) => is(other) && isLoaded(other, node.body ?? [node]));
  return (
    loads(maker, isInSlab) ||
    nodes.some(
      (node) =>
        loads(node, (other) => root(other).id === value.id) &&
        node.outputs.some((made) => overwrites.has(made.id) && isInSlab(made)),
    )
  );
}

/** True where a product's side is the value, or is made of it. */
function isLoaded(value: Value, body: readonly Node[]): boolean {
  const made = new Set([value.id]);
  return body.some(({ op, inputs, outputs }) => {
    const reads = inputs.some(({ id }) => made.has(id));
    if (reads && op.map) for (const { id } of outputs) made.add(id);
    return reads && op.anchor !== undefined;
  });
}

/** True where the order has all of `others` before `node`: most do, and to find another takes long. */
function comesLast(order: readonly Node[], node: Node, others: readonly Node[]): boolean {
  const before = new Set(order.slice(0, order.indexOf(node)));
  return others.every((other) => before.has(other));
}

/** An effect writes only part of what it overwrites, so it must run in place. */
function checkEffects(nodes: readonly Node[], overwrites: ReadonlyMap<number, Value>): void {
  for (const { op, inputs, outputs } of nodes.flatMap((node) => node.body ?? [node]))
    for (const [i, output] of outputs.entries()) {
      const target = op.effect && inputs[op.effect.overwrites[i] ?? -1];
      if (target && overwrites.get(output.id)?.id !== target.id)
        throw new ValueError(
          `${op.name}: what it overwrites must be state that the step returns, and that nothing reads after it. Pass the state itself, and return the result in its place.`,
        );
    }
}
