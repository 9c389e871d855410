// Checkpointed segments: their nodes are copied for the backward pass, which reads the copies' values, so that none of the
// first ones has to be kept for it.

import type { GraphBuilder } from "../graph/builder.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Pass, Segments } from "../graph/segments.ts";
import { at } from "../ops/define.ts";

/** Known by identity alone. */
interface Segment {
  readonly parent: Segment | undefined;
}

/** Runs `f`; what it adds to the graph is a segment. */
export function asSegment<T>(graph: GraphBuilder, f: () => T): T {
  const known = graph.segments;
  const segments = known instanceof TracedSegments ? known : new TracedSegments(graph);
  graph.segments = segments;
  return segments.within(f);
}

class TracedSegments implements Segments {
  private readonly graph: GraphBuilder;
  private open: Segment | undefined;
  private readonly segmentOf = new Map<Node, Segment>();
  /** Value id → that of the same value, computed first. */
  private readonly first = new Map<number, number>();

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  within<T>(f: () => T): T {
    return this.inside({ parent: this.open }, f);
  }

  add(node: Node): void {
    if (this.open) this.segmentOf.set(node, this.open);
  }

  firstOf(id: number): number {
    return this.first.get(id) ?? id;
  }

  walk(path: readonly Node[], pass: Pass): void {
    this.walkBefore(this.graph.nodes.length, path, pass);
  }

  /** `later`: where the nodes begin that come after the path. A segment's nodes lie together on it. */
  private walkBefore(later: number, path: readonly Node[], pass: Pass): void {
    for (let end = path.length; end > 0;) {
      const segment = this.around(at(path, end - 1));
      let start = end - 1;
      while (segment && start > 0 && this.around(at(path, start - 1)) === segment) start--;
      if (segment) this.walkAgain(segment, path.slice(start, end), this.readFrom(later, pass), pass);
      else pass.pullBack(at(path, start));
      end = start;
    }
  }

  /** Computes a segment again, but for values in `kept`, and walks that instead. All that is added by then is a segment in turn. */
  private walkAgain(segment: Segment, path: readonly Node[], kept: ReadonlySet<number>, pass: Pass): void {
    const members = this.graph.nodes.filter((node) => this.around(node) === segment);
    this.within(() => {
      const copies = path.map(this.recompute(segment, members, kept));
      this.walkBefore(this.graph.nodes.length, copies, pass);
    });
  }

  /** The values that nodes from `later` on read, for the cotangents that there are. */
  private readFrom(later: number, { cotangents }: Pass): Set<number> {
    const needed = new Set([...cotangents.values()].map(({ id }) => id));
    for (const { inputs, outputs } of this.graph.nodes.slice(later).reverse())
      if (outputs.some(({ id }) => needed.has(id))) for (const { id } of inputs) needed.add(id);
    return needed;
  }

  /** The outermost segment that a node belongs to, of those that are not open. */
  private around(node: Node): Segment | undefined {
    const open = new Set(chain(this.open));
    const closed = chain(this.segmentOf.get(node)).filter((segment) => !open.has(segment));
    return closed.at(-1);
  }

  /**
   * Adds copies that start from the values that the segment read, and gives the copy of each. What is kept anyway is not
   * computed again; nor are constants, which are free, and effects, which happen once.
   */
  private recompute(
    segment: Segment,
    members: readonly Node[],
    kept: ReadonlySet<number>,
  ): (original: Node) => Node {
    const values = new Map<number, Value>();
    const nodes = new Map<Node, Node>();
    const valueOf = (original: Value): Value => values.get(original.id) ?? original;
    /** The node as it was, on copies of what it reads: for its derivative. */
    const onCopies = (original: Node): Node => ({
      ...original,
      inputs: original.inputs.map(valueOf),
      outputs: original.outputs.map(valueOf),
    });
    const stays = ({ op, outputs }: Node): boolean =>
      op.effect !== undefined || op.name === "constant" || outputs.every(({ id }) => kept.has(id));
    const copy = (original: Node): Node => {
      if (stays(original)) return onCopies(original);
      const made = this.graph.emitNode(original.op, original.inputs.map(valueOf), original.attrs);
      original.outputs.forEach(({ id }, i) => {
        const again = made.outputs[i];
        if (!again) return;
        values.set(id, again);
        this.first.set(again.id, this.firstOf(id));
      });
      return made;
    };
    const segmentOf = this.copier(segment);
    this.graph.within("recompute", () => {
      for (const member of members)
        this.inside(segmentOf(member), () => {
          const made = copy(member);
          nodes.set(member, made);
          this.add(made);
        });
    });
    return (original) => nodes.get(original) ?? onCopies(original);
  }

  /** Where a copy of a node of `segment` belongs: in what is open now, inside copies of the segments between. */
  private copier(segment: Segment): (node: Node) => Segment | undefined {
    const copies = new Map<Segment | undefined, Segment | undefined>([[segment, this.open]]);
    const copyOf = (original: Segment | undefined): Segment | undefined => {
      if (!copies.has(original)) copies.set(original, { parent: copyOf(original?.parent) });
      return copies.get(original);
    };
    return (node) => copyOf(this.segmentOf.get(node));
  }

  /** Runs `f` with another segment open. */
  private inside<T>(segment: Segment | undefined, f: () => T): T {
    const before = this.open;
    this.open = segment;
    try {
      return f();
    } finally {
      this.open = before;
    }
  }
}

/** A segment and those around it, from the inside out. */
function chain(segment: Segment | undefined): Segment[] {
  return segment ? [segment, ...chain(segment.parent)] : [];
}
