// Maps of inputs and picked rows that products compute as they load: read by several, they are repeated in each.

import { sizeOf } from "../core/shape.ts";
import { consumersOf, producersOf, resultsOf, type Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { CHEAP, operandsOf } from "../ops/matmul_operand.ts";

/** `free` are the constants and the picked rows that are repeated anyway. */
export function operandMaps(graph: Graph, free: ReadonlySet<Node>, profile: Profile): Set<Node> {
  const producers = producersOf(graph.nodes);
  const consumers = consumersOf(graph.nodes);
  const results = resultsOf(graph);
  const maps = new Set<Node>();
  const maker = ({ id }: Value): Node | undefined => {
    const node = producers.get(id);
    return node && (maps.has(node) || free.has(node)) ? node : undefined;
  };
  const isOfInputs = ({ op, inputs }: Node): boolean =>
    op.map?.pointwise === true &&
    inputs.length > 0 &&
    inputs.every((value) => !producers.has(value.id) || maker(value) !== undefined);
  for (const node of graph.nodes) if (!free.has(node) && isOfInputs(node)) maps.add(node);
  const isRepeated = (node: Node): boolean =>
    node.outputs.every((value) => {
      const readers = consumers.get(value.id) ?? [];
      const loads = (reader: Node): boolean =>
        maps.has(reader) ||
        (reader.op.anchor !== undefined && operandsOf(reader, maker, profile) !== undefined);
      // Others too compute it again, if that is next to nothing.
      const isCheap =
        CHEAP.has(node.op.name) && node.inputs.filter(({ shape }) => sizeOf(shape) > 1).length < 2;
      const repeats = ({ op }: Node): boolean =>
        isCheap && (op.rows !== undefined || op.map?.pointwise === true);
      return (
        !results.has(value.id) &&
        readers.some(loads) &&
        readers.every((reader) => loads(reader) || repeats(reader))
      );
    });
  // What one is made of or read by may be no such map after all, and then it is none either.
  for (let found = 0; found !== maps.size;) {
    found = maps.size;
    for (const node of [...maps].reverse()) if (!isOfInputs(node) || !isRepeated(node)) maps.delete(node);
  }
  return maps;
}
