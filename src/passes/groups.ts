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

export type Groups = ReturnType<typeof groupsIn>;

/**
 * Each node that is neither free nor an alias as a group of its own. `free` nodes cost nothing to repeat, so every group
 * that reads them has its own; `inPlace` says whether a state and what replaces it are to be one buffer.
 */
export function groupsIn(graph: Graph, free: ReadonlySet<Node>, inPlace: boolean) {
  const producers: ReadonlyMap<number, Node> = producersOf(graph.nodes);
  const results = resultsOf(graph);
  const position = new Map(graph.nodes.map((node, i) => [node, i]));
  const groupOf = new Map<Node, Group>();
  const reads = new Map<Node, readonly Transfer[]>();
  const readBy = new Map<number, Node[]>();
  /** The new value of a state → the state. */
  const states = new Map(inPlace ? graph.updates.map(({ state, value }) => [value.id, state.id]) : []);
  /** Of inputs that share a buffer, which. */
  const buffers = new Map(
    graph.inputs.flatMap(({ value, home }) => (home ? [[value.id, `slab ${home.slab}`] as const] : [])),
  );

  const isFree = (node: Node): boolean => free.has(node);
  const maker = ({ id }: Value): Node | undefined => producers.get(id);
  /** The state that a value replaces. */
  const replacedBy = ({ id }: Value): number | undefined => states.get(id);

  /** The nodes that make what a node reads. */
  const makers = ({ inputs }: Node): Node[] => inputs.flatMap((value) => maker(value) ?? []);

  /** The nodes that read what a node makes, themselves or through free ones. */
  const readers = ({ outputs }: Node): Node[] => outputs.flatMap(({ id }) => readBy.get(id) ?? []);

  /** Of some nodes, the one that makes a value. */
  const makerIn = (value: Value, nodes: ReadonlySet<Node>): Node | undefined => {
    const node = maker(value);
    return node && nodes.has(node) ? node : undefined;
  };

  /** Free nodes are read as what they read in turn, but of a tensor whose rows are picked only those are read. */
  const readsThroughFree = ({ inputs }: Node, most = Infinity): Transfer[] =>
    inputs.flatMap((value) => {
      const node = maker(value);
      const bytes = Math.min(bytesOf(value), most);
      return node && isFree(node) ? readsThroughFree(node, bytes) : [{ value, bytes }];
    });

  for (const node of graph.nodes) {
    if (isFree(node)) continue;
    if (!node.op.alias) groupOf.set(node, new Set([node]));
    const read = readsThroughFree(node);
    reads.set(node, read);
    for (const { value } of read) append(readBy, value.id, node);
  }

  /** True where a kernel of these members reads a value from outside, or writes it for others. */
  const crosses = (value: Value, members: Group): boolean => {
    const isMade = makerIn(value, members) !== undefined;
    if (isMade && results.has(value.id)) return true;
    return (readBy.get(value.id) ?? []).some((node) => members.has(node) !== isMade);
  };

  /** The members and the free nodes that they read, directly or through others, in order. */
  const bodyOf = (members: Iterable<Node>): Node[] => {
    const body = new Set(members);
    for (const node of body) for (const other of makers(node)) if (isFree(other)) body.add(other);
    const at = (node: Node): number => position.get(node) ?? 0;
    return [...body].sort((p, q) => at(p) - at(q));
  };

  /** What a kernel of these members reads from outside, each once. */
  const inputsOf = (members: Group): Value[] => {
    const found = new Map<number, Value>();
    for (const node of members)
      for (const { value } of reads.get(node) ?? []) if (!makerIn(value, members)) found.set(value.id, value);
    return [...found.values()];
  };

  /** What others, or the caller, read of what the members make. */
  const outputsOf = (members: Group): Value[] =>
    [...members].flatMap(({ outputs }) => outputs.filter((value) => crosses(value, members)));

  /** What an anchor's shader binds. */
  const operandsOf = (members: Group): number[] => {
    const anchor = [...members].find(({ op }) => op.anchor);
    const body = new Set(anchor && bodyOf(members));
    return (anchor?.inputs ?? []).map((side) => {
      const operand = operandOf(side, (value) => makerIn(value, body));
      return (operand?.bound ?? side).id;
    });
  };

  return {
    producers,
    isFree,
    maker,
    makers,
    readers,
    makerIn,
    replacedBy,
    crosses,
    bodyOf,
    inputsOf,
    outputsOf,

    of: (node: Node): Group | undefined => groupOf.get(node),

    /** All of them, in the order of their first members. */
    all: (): Set<Group> => new Set(groupOf.values()),

    /** The groups that make what a node reads or read what it makes, each once, without its own. */
    beside(node: Node): Set<Group> {
      const near = [...makers(node), ...readers(node)].flatMap((other) => groupOf.get(other) ?? []);
      return new Set(near.filter((group) => group !== groupOf.get(node)));
    },

    put(...groups: readonly Group[]): void {
      for (const group of groups) for (const node of group) groupOf.set(node, group);
    },

    /** What a node reads, free nodes included as what they read in turn, and what it makes. */
    transfers(node: Node): Transfer[] {
      const made = node.outputs.map((value) => ({ value, bytes: bytesOf(value) }));
      return [...(reads.get(node) ?? []), ...made];
    },

    /** What a node reads that others of `members` make, and who does. */
    insideOf: ({ inputs }: Node, members: ReadonlySet<Node>): { value: Value; maker: Node }[] =>
      inputs.flatMap((value) => {
        const found = makerIn(value, members);
        return found ? [{ value, maker: found }] : [];
      }),

    /** Where the last of what makes the temporaries is that a group waits for; −1 where it waits for none. */
    lastBefore(group: Group): number {
      const awaited = inputsOf(group).flatMap((value) =>
        replacedBy(value) === undefined ? (maker(value) ?? []) : [],
      );
      const places = awaited.flatMap((node) => [...(groupOf.get(node) ?? [node])]);
      return places.reduce((last, node) => Math.max(last, position.get(node) ?? 0), -1);
    },

    /**
     * Storage buffers that such a kernel binds, counting a state and what replaces it as one where that is to be, and all
     * that lie in a shared buffer; Infinity where an anchor would have to bind part of one that the kernel writes to.
     */
    bindings(members: Group): number {
      const inputs = new Set(inputsOf(members).map(({ id }) => id));
      const outputs = outputsOf(members).map(({ id }) => {
        const state = states.get(id);
        return state !== undefined && inputs.has(state) ? state : id;
      });
      const operands = operandsOf(members);
      // An anchor's shader has bindings of its own, even for one tensor twice.
      for (const id of operands) inputs.delete(id);
      // What replaces a state that shares a buffer comes to lie there too.
      const shared = (id: number): string | undefined => buffers.get(states.get(id) ?? id);
      const bufferOf = (id: number): number | string => shared(id) ?? id;
      const written = new Set(outputs.map(bufferOf));
      if (operands.some((id) => shared(id) !== undefined && written.has(bufferOf(id)))) return Infinity;
      return operands.length + new Set([...[...inputs].map(bufferOf), ...written]).size;
    },

    /** True where one kernel of all these members would have to run both before and after something outside it. */
    wouldCycle(members: Group): boolean {
      const makersOf = (nodes: Iterable<Node>): Node[] => [...nodes].flatMap(makers);
      const seen = new Set<Node>();
      const open = makersOf(members).filter((node) => !members.has(node));
      for (let node = open.pop(); node; node = open.pop()) {
        if (seen.has(node)) continue;
        // A group runs as one: whatever any of its members needs comes before all of them.
        const whole = groupOf.get(node) ?? [node];
        for (const other of whole) seen.add(other);
        const needed = makersOf(whole);
        if (needed.some((other) => members.has(other))) return true;
        open.push(...needed);
      }
      return false;
    },
  };
}
