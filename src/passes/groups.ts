// The working state of fusion: a partition of the nodes into groups, each of which will be one kernel.

import { bytesFor } from "../core/dtype.ts";
import { append } from "../core/multimap.ts";
import { sizeOf } from "../core/shape.ts";
import { producersOf, resultsOf, type Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import { operandOf } from "../ops/matmul_operand.ts";

/** Never changed: groups that are merged make another. */
export type Group = ReadonlySet<Node>;

/** What a kernel may read or write, and how many bytes that is. */
export interface Transfer {
  readonly value: Value;
  readonly bytes: number;
}

const bytesOf = ({ dtype, shape }: Value): number => bytesFor(dtype, sizeOf(shape));

export class Groups {
  readonly producers: ReadonlyMap<number, Node>;
  private readonly results: Set<number>;
  private readonly position: Map<Node, number>;
  private readonly groupOf = new Map<Node, Group>();
  /** The new value of a state → the state. */
  private readonly states: Map<number, number>;
  /** Of inputs that share a buffer, which. */
  private readonly buffers: Map<number, string>;
  /** Nodes that cost nothing to repeat, so every group that reads them has its own: constants and gathered rows. */
  private readonly free: ReadonlySet<Node>;
  private readonly reads = new Map<Node, readonly Transfer[]>();
  private readonly readBy = new Map<number, Node[]>();

  /** Each node that is neither free nor an alias is a group of its own at first. */
  constructor(graph: Graph, free: ReadonlySet<Node>, inPlace: boolean) {
    this.free = free;
    this.producers = producersOf(graph.nodes);
    this.results = resultsOf(graph);
    this.position = new Map(graph.nodes.map((node, i) => [node, i]));
    const updates = inPlace ? graph.updates : [];
    this.states = new Map(updates.map(({ state, value }) => [value.id, state.id]));
    this.buffers = new Map(
      graph.inputs.flatMap(({ value, home }) => (home ? [[value.id, `slab ${home.slab}`] as const] : [])),
    );
    for (const node of graph.nodes) {
      if (free.has(node)) continue;
      if (!node.op.alias) this.groupOf.set(node, new Set([node]));
      const reads = this.readsThroughFree(node);
      this.reads.set(node, reads);
      for (const { value } of reads) append(this.readBy, value.id, node);
    }
  }

  of(node: Node): Group | undefined {
    return this.groupOf.get(node);
  }

  /** All of them, in the order of their first members. */
  all(): Set<Group> {
    return new Set(this.groupOf.values());
  }

  /** The nodes that make what a node reads. */
  makers(node: Node): Node[] {
    return node.inputs.flatMap(({ id }) => this.producers.get(id) ?? []);
  }

  /** The nodes that read what a node makes, themselves or through free ones. */
  readers({ outputs }: Node): Node[] {
    return outputs.flatMap(({ id }) => this.readBy.get(id) ?? []);
  }

  /** The groups that make what a node reads or read what it makes, each once, without its own. */
  beside(node: Node): Set<Group> {
    const own = this.groupOf.get(node);
    const near = [...this.makers(node), ...this.readers(node)].flatMap(
      (other) => this.groupOf.get(other) ?? [],
    );
    return new Set(near.filter((group) => group !== own));
  }

  put(...groups: readonly Group[]): void {
    for (const group of groups) for (const node of group) this.groupOf.set(node, group);
  }

  isFree(node: Node): boolean {
    return this.free.has(node);
  }

  maker({ id }: Value): Node | undefined {
    return this.producers.get(id);
  }

  /** Of some nodes, the one that makes a value. */
  makerIn({ id }: Value, nodes: ReadonlySet<Node>): Node | undefined {
    const maker = this.producers.get(id);
    return maker && nodes.has(maker) ? maker : undefined;
  }

  /** The nodes that read a value, themselves or through free ones. */
  readersOf({ id }: Value): readonly Node[] {
    return this.readBy.get(id) ?? [];
  }

  /** What a node reads, free nodes included as what they read in turn, and what it makes. */
  transfers(node: Node): Transfer[] {
    const made = node.outputs.map((value) => ({ value, bytes: bytesOf(value) }));
    return [...(this.reads.get(node) ?? []), ...made];
  }

  /** True where a kernel of these members reads a value from outside, or writes it for others. */
  crosses(value: Value, members: Group): boolean {
    const isMade = this.makerIn(value, members) !== undefined;
    if (isMade && this.results.has(value.id)) return true;
    return this.readersOf(value).some((node) => members.has(node) !== isMade);
  }

  /** What a node reads that others of `members` make, and who does. */
  insideOf({ inputs }: Node, members: ReadonlySet<Node>): { value: Value; maker: Node }[] {
    return inputs.flatMap((value) => {
      const maker = this.makerIn(value, members);
      return maker ? [{ value, maker }] : [];
    });
  }

  /** The members and the free nodes that they read, directly or through others, in order. */
  bodyOf(members: Iterable<Node>): Node[] {
    const body = new Set(members);
    for (const node of body) for (const maker of this.makers(node)) if (this.free.has(maker)) body.add(maker);
    const at = (node: Node): number => this.position.get(node) ?? 0;
    return [...body].sort((p, q) => at(p) - at(q));
  }

  /** What a kernel of these members reads from outside, each once. */
  inputsOf(members: Group): Value[] {
    const found = new Map<number, Value>();
    for (const node of members)
      for (const { value } of this.reads.get(node) ?? [])
        if (!this.makerIn(value, members)) found.set(value.id, value);
    return [...found.values()];
  }

  /** The state that a value replaces. */
  replacedBy({ id }: Value): number | undefined {
    return this.states.get(id);
  }

  /** Where the last of what makes the temporaries is that a group waits for; −1 where it waits for none. */
  lastBefore(group: Group): number {
    const makers = this.inputsOf(group).flatMap((value) =>
      this.replacedBy(value) === undefined ? (this.producers.get(value.id) ?? []) : [],
    );
    const places = makers.flatMap((maker) => [...(this.groupOf.get(maker) ?? [maker])]);
    return places.reduce((last, node) => Math.max(last, this.position.get(node) ?? 0), -1);
  }

  /** What others, or the caller, read of what the members make. */
  outputsOf(members: Group): Value[] {
    return [...members].flatMap(({ outputs }) => outputs.filter((value) => this.crosses(value, members)));
  }

  /**
   * Storage buffers that such a kernel binds, counting a state and what replaces it as one where that is to be, and all
   * that lie in a shared buffer; Infinity where an anchor would have to bind part of one that the kernel writes to.
   */
  bindings(members: Group): number {
    const inputs = new Set(this.inputsOf(members).map(({ id }) => id));
    const outputs = this.outputsOf(members).map(({ id }) => {
      const state = this.states.get(id);
      return state !== undefined && inputs.has(state) ? state : id;
    });
    const operands = this.operandsOf(members);
    // An anchor's shader has bindings of its own, even for one tensor twice.
    for (const id of operands) inputs.delete(id);
    // What replaces a state that shares a buffer comes to lie there too.
    const shared = (id: number): string | undefined => this.buffers.get(this.states.get(id) ?? id);
    const bufferOf = (id: number): number | string => shared(id) ?? id;
    const written = new Set(outputs.map(bufferOf));
    if (operands.some((id) => shared(id) !== undefined && written.has(bufferOf(id)))) return Infinity;
    return operands.length + new Set([...[...inputs].map(bufferOf), ...written]).size;
  }

  /** True where one kernel of all these members would have to run both before and after something outside it. */
  wouldCycle(members: Group): boolean {
    const makers = (nodes: Iterable<Node>): Node[] => [...nodes].flatMap((node) => this.makers(node));
    const seen = new Set<Node>();
    const open = makers(members).filter((node) => !members.has(node));
    for (let node = open.pop(); node; node = open.pop()) {
      if (seen.has(node)) continue;
      // A group runs as one: whatever any of its members needs comes before all of them.
      const whole = this.groupOf.get(node) ?? [node];
      for (const other of whole) seen.add(other);
      const needed = makers(whole);
      if (needed.some((other) => members.has(other))) return true;
      open.push(...needed);
    }
    return false;
  }

  /** What an anchor's shader binds. */
  private operandsOf(members: Group): number[] {
    const anchor = [...members].find(({ op }) => op.anchor);
    const body = new Set(anchor && this.bodyOf(members));
    const maker = (value: Value): Node | undefined => this.makerIn(value, body);
    return (anchor?.inputs ?? []).map((side) => (operandOf(side, maker)?.bound ?? side).id);
  }

  /** Free nodes are read as what they read in turn, but of a tensor whose rows are picked only those are read. */
  private readsThroughFree(node: Node, most = Infinity): Transfer[] {
    return node.inputs.flatMap((value) => {
      const maker = this.producers.get(value.id);
      const bytes = Math.min(bytesOf(value), most);
      return maker && this.free.has(maker) ? this.readsThroughFree(maker, bytes) : [{ value, bytes }];
    });
  }
}
