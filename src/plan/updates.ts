// Where state is replaced. A new value is written over the old one when everything else that reads the old one can run
// first; else it is computed apart and copied when all is done.

import { sameShape } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import { broadcast } from "../ops/broadcast.ts";
import { topological } from "../graph/topological.ts";

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
  let nextId =
    1 +
    Math.max(
      0,
      ...graph.nodes.flatMap(({ id, outputs }) => [id, ...outputs.map((value) => value.id)]),
      ...graph.inputs.map(({ value }) => value.id),
    );
  for (const { state, value } of graph.updates) {
    if (value.id === state.id) continue;
    const maker = graph.nodes.find(({ outputs }) => outputs.some(({ id }) => id === value.id));
    if (
      maker &&
      root(value) === value &&
      !overwrites.has(value.id) &&
      readsOnlyInPlace(maker, state, value)
    ) {
      const readers = graph.nodes.filter(
        (node) => node !== maker && node.inputs.some((input) => root(input).id === state.id),
      );
      const before = new Map(first).set(maker, [...(first.get(maker) ?? []), ...readers]);
      const ordered = tryOrder(graph.nodes, before);
      if (ordered) {
        order = ordered;
        first.set(maker, before.get(maker) ?? []);
        overwrites.set(value.id, state);
        continue;
      }
    }
    const written: Value = { ...state, id: nextId++ };
    copies.push({
      id: nextId++,
      op: broadcast,
      inputs: [value],
      attrs: { shape: state.shape },
      outputs: [written],
      phase: "update",
    });
    overwrites.set(written.id, state);
  }
  return { order: [...order, ...copies], overwrites };
}

function tryOrder(nodes: readonly Node[], before: ReadonlyMap<Node, readonly Node[]>): Node[] | undefined {
  try {
    return topological(nodes, (node) => before.get(node) ?? []);
  } catch {
    return undefined;
  }
}

/** True where the kernel reads the old state only at the element it is about to write. */
function readsOnlyInPlace(maker: Node, state: Value, value: Value): boolean {
  const body = maker.body ?? [maker];
  return body.every(({ op, inputs, outputs }) =>
    inputs.every(({ id }, i) => {
      if (id !== state.id) return true;
      if (op.effect) return outputs[op.effect.overwrites.indexOf(i)]?.id === value.id;
      return op.map?.pointwise === true && sameShape(outputs[0]?.shape ?? [], state.shape);
    }),
  );
}
