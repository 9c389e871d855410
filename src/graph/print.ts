// The textual form of a graph, for people, snapshots and error messages.

import { cached } from "../core/cached.ts";
import { formatShape } from "../core/shape.ts";
import type { Graph } from "./graph.ts";
import type { Attrs, Node, Phase, Spec, Value } from "./op.ts";

export const formatSpec = ({ dtype, shape }: Spec): string => `${dtype}${formatShape(shape)}`;

/** Names for values: inputs by their own, others %0, %1, … in the order they are made. */
export function valueNames({ inputs }: Graph): (value: Value) => string {
  const names = new Map(inputs.map(({ name, value }) => [value.id, name]));
  let next = 0;
  return ({ id }) => cached(names, id, () => `%${next++}`);
}

export function formatAttrs(attrs: Attrs): string {
  const parts = Object.entries(attrs).map(
    ([key, value]) => `${key}=${Array.isArray(value) ? formatShape(value as number[]) : String(value)}`,
  );
  return parts.length ? ` {${parts.join(" ")}}` : "";
}

/** `matmul·add·sigmoid`: the ops of a fused node, or the op's own name; ↻ before one that is recomputed beside others. */
export function formatOps(node: Node): string {
  const named = (node.body ?? []).filter(({ op }) => op.name !== "constant");
  const again = (phase: Phase): boolean => phase === "recompute" && node.phase !== "recompute";
  return node.body
    ? named.map(({ op, phase }) => `${again(phase) ? "↻" : ""}${op.name}`).join("·")
    : node.op.name;
}

/** One line an input, node, output and update. */
export function printGraph(graph: Graph): string {
  const nameOf = valueNames(graph);
  const lines = graph.inputs.map(({ name, kind, value }) => `${kind} ${name}: ${formatSpec(value)}`);
  for (const node of graph.nodes) {
    const made = node.outputs.map((value) => `${nameOf(value)}: ${formatSpec(value)}`).join(", ");
    const read = node.inputs.map(nameOf).join(" ");
    lines.push(
      `${made} = ${formatOps(node)} ${read}${node.body ? "" : formatAttrs(node.attrs)}  ${node.phase}`,
    );
  }
  for (const { name, value } of graph.outputs) lines.push(`output ${name} = ${nameOf(value)}`);
  for (const { state, value } of graph.updates) lines.push(`update ${nameOf(state)} <- ${nameOf(value)}`);
  return lines.join("\n");
}
