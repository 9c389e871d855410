// The textual form of a graph, for people, snapshots and error messages.

import { formatShape } from "../core/shape.ts";
import type { Graph } from "./graph.ts";
import type { Attrs, Node, Phase, Spec, Value } from "./op.ts";

export const formatSpec = ({ dtype, shape }: Spec): string => `${dtype}${formatShape(shape)}`;

/** Names for values: inputs by their own, others %0, %1, … in the order they are made. */
export class ValueNames {
  private readonly names = new Map<number, string>();
  private next = 0;

  constructor(graph: Graph) {
    for (const { name, value } of graph.inputs) this.names.set(value.id, name);
  }

  of(value: Value): string {
    const known = this.names.get(value.id);
    if (known !== undefined) return known;
    const name = `%${this.next++}`;
    this.names.set(value.id, name);
    return name;
  }
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
  const names = new ValueNames(graph);
  const lines = graph.inputs.map(({ name, kind, value }) => `${kind} ${name}: ${formatSpec(value)}`);
  for (const node of graph.nodes) {
    const made = node.outputs.map((value) => `${names.of(value)}: ${formatSpec(value)}`).join(", ");
    const read = node.inputs.map((value) => names.of(value)).join(" ");
    lines.push(
      `${made} = ${formatOps(node)} ${read}${node.body ? "" : formatAttrs(node.attrs)}  ${node.phase}`,
    );
  }
  for (const { name, value } of graph.outputs) lines.push(`output ${name} = ${names.of(value)}`);
  for (const { state, value } of graph.updates) lines.push(`update ${names.of(state)} <- ${names.of(value)}`);
  return lines.join("\n");
}
