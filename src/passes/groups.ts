// The working state of fusion: a partition of the nodes into groups, each of which will be one kernel.

import { consumersOf, producersOf, resultsOf, type Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";

export interface Group {
  readonly members: Set<Node>;
  /** The matmul, reduction or softmax at its heart; a group of maps has none. */
  readonly anchor: Node | undefined;
}

export class Groups {
  readonly producers: Map<number, Node>;
  readonly consumers: Map<number, Node[]>;
  private readonly results: Set<number>;
  private readonly groupOf = new Map<Node, Group>();
  private readonly graph: Graph;
  /** Nodes that cost nothing to repeat, so every group that reads them has its own: constants and gathered rows. */
  private readonly free: ReadonlySet<Node>;
  private readonly inPlace: boolean;

  constructor(graph: Graph, free: ReadonlySet<Node>, inPlace: boolean) {
    this.graph = graph;
    this.free = free;
    this.inPlace = inPlace;
    this.producers = producersOf(graph.nodes);
    this.consumers = consumersOf(graph.nodes);
    this.results = resultsOf(graph);
  }

  start(node: Node): Group {
    const group: Group = { members: new Set([node]), anchor: node.op.anchor ? node : undefined };
    this.groupOf.set(node, group);
    return group;
  }

  of(node: Node): Group | undefined {
    return this.groupOf.get(node);
  }

  ofValue(value: Value): Group | undefined {
    const node = this.producers.get(value.id);
    return node && this.groupOf.get(node);
  }

  /** Moves every member of `from` into `into`. */
  merge(into: Group, from: Group): void {
    for (const node of from.members) {
      into.members.add(node);
      this.groupOf.set(node, into);
    }
  }

  isFree(node: Node | undefined): boolean {
    return node !== undefined && this.free.has(node);
  }

  /** What a kernel of these members reads from outside, free nodes included as what they read in turn. */
  inputsOf(members: Iterable<Node>): Value[] {
    const inside = new Set(members);
    const found = new Map<number, Value>();
    const visit = (node: Node): void => {
      for (const value of node.inputs) {
        const producer = this.producers.get(value.id);
        if (producer && inside.has(producer)) continue;
        if (producer && this.free.has(producer)) visit(producer);
        else found.set(value.id, value);
      }
    };
    for (const node of inside) visit(node);
    return [...found.values()];
  }

  /** What others, or the caller, read of what the members make. */
  outputsOf(members: Iterable<Node>): Value[] {
    const inside = new Set(members);
    const escapes = ({ id }: Value): boolean =>
      this.results.has(id) || (this.consumers.get(id) ?? []).some((node) => !inside.has(node));
    return [...inside].flatMap((node) => node.outputs.filter(escapes));
  }

  /** Operands that an anchor binds again because it reads one tensor twice: its shader has a binding for each. */
  private repeated(members: readonly Node[]): number {
    return members.reduce((count, { op, inputs }) => {
      const operands = op.anchor ? inputs.filter((_, i) => !op.anchor?.loads?.includes(i)) : [];
      const sources = operands.map((value) => {
        const maker = this.producers.get(value.id);
        const [rows] = maker && this.free.has(maker) ? maker.inputs : [];
        return (rows ?? value).id;
      });
      return count + sources.length - new Set(sources).size;
    }, 0);
  }

  /** Storage buffers that such a kernel binds, counting a state and what replaces it as one where `inPlace` is. */
  bindings(members: Iterable<Node>): number {
    const list = [...members];
    const inputs = new Set(this.inputsOf(list).map(({ id }) => id));
    const outputs = this.outputsOf(list);
    const inPlace = outputs.filter(
      ({ id }) =>
        this.inPlace &&
        this.graph.updates.some(({ state, value }) => value.id === id && inputs.has(state.id)),
    );
    return inputs.size + this.repeated(list) + outputs.length - inPlace.length;
  }

  /** True where one kernel of all these members would have to run both before and after something outside it. */
  wouldCycle(members: ReadonlySet<Node>): boolean {
    const makers = (nodes: Iterable<Node>): Node[] =>
      [...nodes].flatMap(({ inputs }) => inputs.flatMap(({ id }) => this.producers.get(id) ?? []));
    const seen = new Set<Node>();
    const open = makers(members).filter((node) => !members.has(node));
    for (let node = open.pop(); node; node = open.pop()) {
      if (seen.has(node)) continue;
      // A group runs as one: whatever any of its members needs comes before all of them.
      const whole = this.groupOf.get(node)?.members ?? [node];
      for (const other of whole) seen.add(other);
      const needed = makers(whole);
      if (needed.some((other) => members.has(other))) return true;
      open.push(...needed);
    }
    return false;
  }
}
