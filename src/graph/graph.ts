// The IR: a pure dataflow graph. Nodes are in topological order; every value is assigned once.

import { append } from "../core/multimap.ts";
import type { Node, Value } from "./op.ts";

/**
 * What an input is for. `state` outlives the step (parameters, optimizer slots, counters), `resident` is uploaded once
 * (the data set), `batch` is written before a run, `hyper` is a scalar that changes seldom (the learning rate).
 */
export type InputKind = "state" | "resident" | "batch" | "hyper";

/** Where a tensor lies in a buffer that it shares with others: a number for the buffer, and its first element. */
export interface Home {
  readonly slab: number;
  readonly offset: number;
}

export interface Input {
  readonly name: string;
  readonly kind: InputKind;
  readonly value: Value;
  /** Absent where it has a buffer of its own. */
  readonly home?: Home;
}

export interface Output {
  readonly name: string;
  readonly value: Value;
}

/** After the step, `value` replaces the state input. */
export interface Update {
  readonly state: Value;
  readonly value: Value;
}

export interface Graph {
  readonly inputs: readonly Input[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Output[];
  readonly updates: readonly Update[];
}

/** Value id → the node that makes it. */
export function producersOf(nodes: readonly Node[]): Map<number, Node> {
  return new Map(nodes.flatMap((node) => node.outputs.map((value) => [value.id, node] as const)));
}

/** Value id → the nodes that read it, each once. */
export function consumersOf(nodes: readonly Node[]): Map<number, Node[]> {
  const consumers = new Map<number, Node[]>();
  for (const node of nodes)
    for (const id of new Set(node.inputs.map((value) => value.id))) append(consumers, id, node);
  return consumers;
}

/** Ids of the values that must exist when the step ends: outputs, and what replaces state. */
export function resultsOf(graph: Graph): Set<number> {
  return new Set([...graph.outputs, ...graph.updates].map(({ value }) => value.id));
}

/** An alias has no buffer of its own: gives the value whose buffer it is. */
export function aliases(graph: Graph): (value: Value) => Value {
  const source = new Map<number, Value>();
  const root = (value: Value): Value => source.get(value.id) ?? value;
  for (const { op, inputs, outputs } of graph.nodes) {
    const [from] = inputs;
    if (op.alias && from) for (const { id } of outputs) source.set(id, root(from));
  }
  return root;
}
