// What a graph under construction knows of checkpoints. A segment is what was traced together under one: the backward pass
// computes its values again. An interface, so that only who uses checkpoints loads what makes them.

import type { Node, Value } from "./op.ts";

/** A backward pass, as it goes. */
export interface Pass {
  /** The cotangents that there are. */
  readonly cotangents: ReadonlyMap<number, Value>;
  /** Adds what a node's derivative contributes to them. */
  pullBack(node: Node): void;
}

export interface Segments {
  /** Notes a new node, as one of the segment that is open. */
  add(node: Node): void;
  /** The value that `id` was computed as first: its own where it was computed once. */
  firstOf(id: number): number;
  /** Pulls back a path's nodes from the last to the first; in place of those of a segment, copies that it adds then. */
  walk(path: readonly Node[], pass: Pass): void;
}
