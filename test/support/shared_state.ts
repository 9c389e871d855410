// A graph's state as the trainer lays it out where a kernel has few storage buffers.

import type { Graph } from "../../src/graph/graph.ts";
import { byteLengthOf } from "../../src/plan/memory.ts";
import { layOut } from "../../src/runtime/slabs.ts";

/** Parameters, slots and sums in one buffer, or the inputs of other names. */
export function withSharedState(graph: Graph, names = /^(params|slots|sums)\./): Graph {
  const isShared = ({ name }: { readonly name: string }): boolean => names.test(name);
  const shared = graph.inputs.filter(isShared);
  const places = layOut(
    shared.map(({ value }) => byteLengthOf(value)),
    Infinity,
  );
  const inputs = graph.inputs.map((input) => {
    const { slab = 0, byteOffset = 0 } = places[shared.indexOf(input)] ?? {};
    return isShared(input) ? { ...input, home: { slab, offset: byteOffset / 4 } } : input;
  });
  return { ...graph, inputs };
}
