// Writes what a kernel does with each row: a loop for each pass of totals, then one for the elements that it stores. What
// belongs to the row as a whole is computed once, before the first loop that needs it; elements are computed again in
// each loop, from what the kernel reads. Only the last loop writes, so a value may lie where one was read.

import { append } from "../core/multimap.ts";
import { sameShape } from "../core/shape.ts";
import type { Value } from "../graph/op.ts";
import { broadcastsAlongRows, type RowsForm, type RowTotal } from "../graph/rows.ts";
import type { RowsTemplate } from "../ops/reduce_kernel.ts";
import type { KernelScope } from "./kernel_scope.ts";
import { siteWriter, type RowScope, type SiteWriter } from "./site_writer.ts";
import { writeAt } from "./stores.ts";

/** How the invocations of a row go through it. */
interface Loops {
  readonly totals: readonly string[];
  readonly elements: readonly string[];
  /** True where the total has no value yet. */
  readonly first: string;
  /** The next total, where an invocation may have no element of its own. */
  own(total: string, next: string): string;
  /** The totals of all invocations as one, in all of them. */
  join(total: string, combine: (total: string, value: string) => string): readonly string[];
}

const ELEMENT =
  "let element = kept + offset(r, REDUCED_GROUPS, params.reduced_sizes, params.reduced_strides);";

const alone: Loops = {
  totals: ["for (var r = 0u; r < params.count; r++) {", `  ${ELEMENT}`],
  elements: ["for (var r = 0u; r < params.count; r++) {", `  ${ELEMENT}`],
  first: "r == 0u",
  own: (_, next) => next,
  join: () => [],
};

const together: Loops = {
  // Lanes past the end see the last element again: as a total's first value, it changes no extremum.
  totals: [
    "for (var first = 0u; first < params.count; first += LANES) {",
    "  let own = first + lane < params.count;",
    "  let r = min(first + lane, params.count - 1u);",
    `  ${ELEMENT}`,
  ],
  elements: ["for (var r = lane; r < params.count; r += LANES) {", `  ${ELEMENT}`],
  first: "first == 0u",
  own: (total, next) => `select(${total}, ${next}, own)`,
  join: (total, combine) => [
    `partial[invocation] = ${total};`,
    "workgroupBarrier();",
    "for (var half = LANES / 2u; half > 0u; half = half / 2u) {",
    "  if (lane < half) {",
    `    partial[invocation] = ${combine("partial[invocation]", "partial[invocation + half]")};`,
    "  }",
    "  workgroupBarrier();",
    "}",
    `${total} = partial[invocation - lane];`,
    "workgroupBarrier();",
  ],
};

/** Text for the slots of the shaders of rows. */
export function fillRows(
  kernel: KernelScope,
  form: RowsForm,
  { lanes, row: rowIndex, element: elementIndex }: RowsTemplate,
): Record<string, string> {
  const loops = lanes === 1 ? alone : together;
  // Node id → the variables of its totals.
  const names = new Map<number, string[]>();
  const scope: RowScope = {
    index: rowIndex,
    element: (value) => row.element(value),
    repeats: (value, shape) => sameShape(shape, form.shape) && broadcastsAlongRows(form, value.shape),
    totalsOf: ({ id }) => names.get(id) ?? [],
  };
  // What belongs to the row as a whole.
  const row = siteWriter(kernel, rowIndex, [], { row: scope });
  const ofElements = (): SiteWriter => siteWriter(kernel, elementIndex, [], { row: scope });

  /** A loop over totals. */
  const pass = (totals: readonly RowTotal[]): string[] => {
    const site = ofElements();
    const named = totals.map((each) => ({ ...each, name: kernel.freshName("t") }));
    const combined = named.map(({ node, total, name }) => {
      const [x] = node.inputs;
      const element = x ? site.element(x) : "";
      const value = total.of?.(element, scope.totalsOf(node)) ?? element;
      const next = total.combine(name, value);
      if (total.identity === undefined) return `${name} = select(${next}, ${value}, ${loops.first});`;
      return `${name} = ${loops.own(name, next)};`;
    });
    for (const { node, name } of named) {
      append(names, node.id, name);
      const [output] = node.outputs;
      if (output && !node.op.rows?.element) row.know(output, name);
    }
    return [
      ...row.take(),
      ...named.map(({ total, name }) => `var ${name} = f32(${total.identity ?? 0});`),
      ...loops.totals,
      ...indented([...site.take(), ...combined]),
      "}",
      ...named.flatMap(({ total, name }) => loops.join(name, total.combine)),
    ];
  };

  /** The loop that stores elements. */
  const elements = (values: readonly Value[]): string[] => {
    if (values.length === 0) return [];
    const lines = writeAt(kernel, ofElements(), elementIndex.expression, values).flat();
    return [...row.take(), "if (exists) {", ...indented([...loops.elements, ...indented(lines), "}"]), "}"];
  };

  const isElement = (value: Value): boolean => form.level(value) === "element";
  const ofRow = kernel.stored.filter((value) => !isElement(value));
  const totals = form.passes.flatMap(pass);
  const [lines, writes] = writeAt(kernel, row, rowIndex.expression, ofRow, kernel.effects);
  const stored = elements(kernel.stored.filter(isElement));
  // One lane writes over what the others have read by then.
  const waits = lanes > 1 && ofRow.some((value) => kernel.isOverwritten(value));
  return {
    leave: lanes === 1 ? "if (!exists) { return; }" : "",
    passes: [...totals, ...lines, ...stored, ...(waits ? ["storageBarrier();"] : [])].join("\n"),
    store: writes.join("\n"),
  };
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
