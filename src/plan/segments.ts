// Maps over several shapes in one kernel, none of which reads another: each has its own range of invocations. What each
// computes is a function, whose arguments are the numbers in the uniform: of parameters that are updated alike, it is one.

import { append } from "../core/multimap.ts";
import { sameShape, sizeOf } from "../core/shape.ts";
import type { Node, Value } from "../graph/op.ts";
import type { KernelScope } from "./kernel_scope.ts";
import { siteWriter } from "./site_writer.ts";
import { writeAt } from "./stores.ts";

/** The outputs of a kernel of maps, parted where they have several shapes: what hangs together is one segment. */
export function segmentsOf({ body = [], outputs }: Node): readonly (readonly Value[])[] {
  const [first] = outputs;
  if (outputs.every(({ shape }) => sameShape(shape, first?.shape ?? []))) return [outputs];
  // Each value stands for its segment until it is found to hang together with another.
  const parent = new Map<number, number>();
  const segmentOf = (id: number): number => {
    const above = parent.get(id) ?? id;
    return above === id ? id : segmentOf(above);
  };
  for (const node of body)
    for (const value of node.outputs)
      for (const input of node.inputs)
        if (sameShape(input.shape, value.shape)) parent.set(segmentOf(input.id), segmentOf(value.id));
  const segments = new Map<number, Value[]>();
  for (const value of outputs) append(segments, segmentOf(value.id), value);
  return [...segments.values()];
}

/** Text for the slot of the elementwise shader's store. */
export function fillSegments(
  scope: KernelScope,
  segments: readonly (readonly Value[])[],
): Record<string, string> {
  const names = new Map<string, string>();
  let end = 0;
  const branches = segments.map((values) => {
    const start = end;
    end += sizeOf(values[0]?.shape ?? []);
    const { parameters, args, lines } = scope.asFunction(() => {
      const site = siteWriter(scope, { expression: "at" }, [], { scalars: false });
      return writeAt(scope, site, "at", values).flat();
    });
    const rest = `(${["at: u32", ...parameters].join(", ")}) {\n${lines.map((line) => `  ${line}`).join("\n")}\n}`;
    const name = names.get(rest) ?? `maps${names.size}`;
    names.set(rest, name);
    const at = start === 0 ? "index" : `index - ${scope.field(start, "u32")}`;
    return `if (index < ${scope.field(end, "u32")}) {\n  ${name}(${[at, ...args].join(", ")});\n}`;
  });
  for (const [rest, name] of names) scope.use(`fn ${name}${rest}`);
  return { store: branches.join(" else ") };
}
