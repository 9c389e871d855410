// What must hold for every plan, checked by walking its dispatches and nothing else that the planner computed.

import type { Value } from "../../src/graph/op.ts";
import type { Plan } from "../../src/plan/plan.ts";

/** Throws where a dispatch reads a buffer that holds another value by then, or a result is lost. */
export function checkContents(plan: Plan): void {
  const { graph, dispatches, place } = plan;
  const aliasOf = new Map(
    graph.nodes.flatMap(({ op, inputs, outputs }) =>
      op.alias && inputs[0] && outputs[0] ? [[outputs[0].id, inputs[0]] as const] : [],
    ),
  );
  const root = (value: Value): number => {
    const source = aliasOf.get(value.id);
    return source ? root(source) : value.id;
  };
  const bufferOf = (value: Value): number => {
    const found = place.get(value.id);
    if (found === undefined) throw new Error(`value ${value.id} has no buffer`);
    return found;
  };
  // Buffer → the value it holds; a copy of a value counts as that value.
  const holds = new Map<number, number>();
  const copied = new Map<number, number>();
  const identity = (id: number): number => copied.get(id) ?? id;
  const expectHeld = (value: Value, where: string): void => {
    const held = holds.get(bufferOf(value));
    if (held === undefined || identity(held) !== identity(root(value)))
      throw new Error(`${where}: buffer ${bufferOf(value)} holds ${String(held)}, not value ${root(value)}`);
  };
  for (const { value } of graph.inputs) holds.set(bufferOf(value), value.id);
  dispatches.forEach(({ node, reads, writes }, i) => {
    for (const value of reads) expectHeld(value, `dispatch ${i} (${node.op.name})`);
    const [source] = reads;
    for (const value of writes) {
      if (node.op.name === "broadcast" && source) copied.set(value.id, identity(root(source)));
      holds.set(bufferOf(value), value.id);
    }
  });
  for (const { name, value } of graph.outputs) expectHeld(value, `output ${name}`);
  for (const { state, value } of graph.updates) {
    const held = holds.get(bufferOf(state));
    if (held === undefined || identity(held) !== identity(root(value)))
      throw new Error(`state ${state.id}: its buffer holds ${String(held)}, not value ${value.id}`);
  }
}

/** Throws where a dispatch binds a buffer twice and writes it, or binds more than the profile allows. */
export function checkBindings({ dispatches, place, homes, profile, buffers }: Plan): void {
  // What several inputs share is one buffer, whichever part of it is bound.
  const bufferOf = ({ id }: { readonly id: number }): number | string | undefined => {
    const home = homes.get(id);
    return home ? `shared ${home.slab}` : place.get(id);
  };
  dispatches.forEach(({ kernel, node }, i) => {
    const where = `dispatch ${i} (${node.op.name})`;
    const most = profile.limits.maxStorageBuffersPerShaderStage;
    if (kernel.bindings.length > most)
      throw new Error(`${where}: ${kernel.bindings.length} bindings, at most ${most}`);
    const seen = new Map<number | string, string[]>();
    for (const { value, access } of kernel.bindings) {
      const buffer = bufferOf(value);
      if (buffer === undefined || !buffers[place.get(value.id) ?? -1])
        throw new Error(`${where}: value ${value.id} is nowhere`);
      seen.set(buffer, [...(seen.get(buffer) ?? []), access]);
    }
    for (const [buffer, accesses] of seen)
      if (accesses.length > 1 && accesses.includes("read_write"))
        throw new Error(`${where}: buffer ${buffer} is bound as ${accesses.join(" and ")}`);
    // What is written is bound for writing, and the other way round.
    const written = new Set(node.outputs.map(bufferOf));
    for (const { value, access } of kernel.bindings)
      if (access === "read_write" && !written.has(bufferOf(value)))
        throw new Error(`${where}: value ${value.id} is bound for writing, but not written`);
  });
}
