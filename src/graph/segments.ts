// What a graph under construction knows of checkpoints. A segment is what was traced together under one: the backward pass
// computes its values again. An interface, so that only who uses checkpoints loads what makes them.

import type { Node } from "./op.ts";

/** Known by identity alone. */
export interface Segment {
  readonly parent: Segment | undefined;
}

export interface Segments {
  /** Notes a new node, as one of the segment that is open. */
  add(node: Node): void;
  /** The outermost segment that the node belongs to, of those that are not open. */
  around(node: Node): Segment | undefined;
  /** The value that `id` was computed as first: its own where it was computed once. */
  firstOf(id: number): number;
  /**
   * Adds the segment's nodes once more, but for values in `kept`, and calls `walk` with what gives each node's copy. All
   * that is added by then is a segment in turn.
   */
  again(segment: Segment, kept: ReadonlySet<number>, walk: (copyOf: (node: Node) => Node) => void): void;
}
