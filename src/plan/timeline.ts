// A plan's memory over the dispatches, as plain data: what a chart draws.

import type { InputKind } from "../graph/graph.ts";
import { aliases } from "../graph/graph.ts";
import type { Phase, Value } from "../graph/op.ts";
import { formatOps } from "../graph/print.ts";
import { byteLengthOf } from "./memory.ts";
import type { Dispatch, Plan } from "./plan.ts";
import { namesIn } from "./print.ts";

/**
 * What a value is in memory for: an input of its kind; `kept` from the forward pass for the backward pass; `recomputed` for
 * it; an `output`; or one dispatch's for the next.
 */
export type MemoryKind = InputKind | "kept" | "recomputed" | "output" | "temporary";

/** A value in its buffer, from one dispatch to another, both included. */
export interface TimelineValue {
  /** As in the printed plan. */
  readonly name: string;
  readonly kind: MemoryKind;
  /** Its number in `plan.buffers`. */
  readonly buffer: number;
  readonly bytes: number;
  /** The dispatch that makes it; 0 for an input. */
  readonly from: number;
  /** The last one that reads it, or the one before that which overwrites it; of inputs and outputs, the plan's last. */
  readonly to: number;
}

export interface TimelineDispatch {
  /** `#3 matmul·add·sigmoid`. */
  readonly name: string;
  readonly phase: Phase;
  /** Bytes of the values that are in memory while it runs. */
  readonly live: number;
}

export interface MemoryTimeline {
  readonly values: readonly TimelineValue[];
  readonly dispatches: readonly TimelineDispatch[];
  /** The most bytes that are live at a time; buffers that are reused for smaller values hold more. */
  readonly peak: number;
}

/** Where each byte of a plan's memory goes, dispatch by dispatch. Pure: no device is needed. */
export function memoryTimeline(plan: Plan): MemoryTimeline {
  const values = valuesOf(plan);
  const dispatches = plan.dispatches.map(({ node }, i) => ({
    name: `#${i} ${formatOps(node)}`,
    phase: node.phase,
    live: values.reduce((sum, { bytes, from, to }) => sum + (from <= i && i <= to ? bytes : 0), 0),
  }));
  return { values, dispatches, peak: Math.max(0, ...dispatches.map(({ live }) => live)) };
}

function valuesOf(plan: Plan): TimelineValue[] {
  const { graph, dispatches, place } = plan;
  const root = aliases(graph);
  const names = namesIn(plan);
  const end = Math.max(0, dispatches.length - 1);
  const inputs = graph.inputs.map(({ name, kind, value }, buffer): TimelineValue => ({
    name,
    kind,
    buffer,
    bytes: byteLengthOf(value),
    from: 0,
    to: end,
  }));
  const outputs = new Set(graph.outputs.map(({ value }) => root(value).id));
  const made = new Map<number, TimelineValue & { to: number }>();
  dispatches.forEach(({ node, reads, writes }, at) => {
    const read = reads.flatMap((value) => made.get(root(value).id) ?? []);
    for (const value of read) value.to = Math.max(value.to, at);
    for (const value of writes) {
      const buffer = place.get(value.id) ?? -1;
      const overwritten = plan.inPlace.get(value.id);
      const before = overwritten && made.get(root(overwritten).id);
      if (before) before.to = at - 1;
      if (plan.buffers[buffer]?.role !== "temporary") continue;
      const kind = outputs.has(value.id) ? "output" : kindOf(plan, node, value);
      const to = kind === "output" ? end : at;
      made.set(value.id, { name: names(value), kind, buffer, bytes: byteLengthOf(value), from: at, to });
    }
  });
  return [...inputs, ...made.values()];
}

function kindOf({ residuals }: Plan, node: Dispatch["node"], { id }: Value): MemoryKind {
  const maker = (node.body ?? [node]).find(({ outputs }) => outputs.some((made) => made.id === id));
  if (residuals.has(id)) return "kept";
  return maker?.phase === "recompute" ? "recomputed" : "temporary";
}
