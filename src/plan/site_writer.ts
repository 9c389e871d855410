// Writes the maps of one place in a shader, each element once, as `let` lines.

import { LimitError } from "../core/errors.ts";
import { sizeOf, type Shape } from "../core/shape.ts";
import type { Index, Printer, Site } from "../graph/kernel.ts";
import type { Node, Value } from "../graph/op.ts";
import { broadcastIndex, divideIndex } from "./element_index.ts";
import type { KernelScope } from "./kernel_scope.ts";

/** What a site in a row knows of the row as a whole. */
export interface RowScope {
  /** Where the row's own values lie. */
  readonly index: Index;
  /** The variable that holds such a value. */
  element(value: Value): string;
  /** True where a map with elements of `shape` reads `value` once a row. */
  repeats(value: Value, shape: Shape): boolean;
  /** The variables of the totals of an op that makes elements from them. */
  totalsOf(node: Node): readonly string[];
}

export interface SiteOptions {
  readonly row?: RowScope;
  /** False where the variables of scalars are out of reach. */
  readonly scalars?: boolean;
}

export type SiteWriter = ReturnType<typeof siteWriter>;

/** Of the maps at `index`; `values` are those that the shader has in variables there. */
export function siteWriter(
  kernel: KernelScope,
  index: Index,
  values: Site["values"] = [],
  { row, scalars = true }: SiteOptions = {},
) {
  const known = new Map(values.map(([{ id }, name]) => [id, name]));
  let pending: string[] = [];

  /** The variable that holds `value` at the site's own index. */
  const element = (value: Value): string => {
    const variable = known.get(value.id);
    if (variable !== undefined) return variable;
    const text = expression(value, index);
    if (/^(\w+|params\.\w+)$/.test(text)) return text;
    const name = kernel.freshName();
    pending.push(`let ${name} = ${text};`);
    known.set(value.id, name);
    return name;
  };

  const elementAt = (value: Value, at: Index): string =>
    at === index ? element(value) : expression(value, at);

  /** The expression of a value's element at any index. */
  const expression = (value: Value, at: Index): string => {
    const node = kernel.producer(value);
    const [x] = node?.inputs ?? [];
    if (node?.op.rows?.element && row && x) return node.op.rows.element(elementAt(x, at), row.totalsOf(node));
    if (node?.op.map) {
      kernel.use(node.op.map.library);
      return node.op.map.expression(printer(node, at), node);
    }
    if (scalars && sizeOf(value.shape) === 1) return kernel.scalar(value);
    return kernel.element(value, at.expression);
  };

  const printer = ({ op, inputs, outputs }: Node, at: Index): Printer => {
    const size = (value: number): string => kernel.field(value, "u32");
    const shape = op.effect ? [] : (outputs[0]?.shape ?? []);
    const input = (i: number): Value => {
      const value = inputs[i];
      if (!value) throw new LimitError(`${op.name} has no input ${i}.`);
      return value;
    };
    return {
      index: at,
      value: (i) => {
        const value = input(i);
        if (row?.repeats(value, shape)) return row.element(value);
        return elementAt(value, broadcastIndex(at, value.shape, shape, size));
      },
      read: (i, other) =>
        other.expression === row?.index.expression ? row.element(input(i)) : elementAt(input(i), other),
      divide: (other, by) => divideIndex(other, by, size),
      uniform: kernel.field,
    };
  };

  return {
    element,

    /** Names the variable that holds `value`. */
    know(value: Value, name: string): void {
      known.set(value.id, name);
    },

    /** The lines since they were last taken. */
    take(): string[] {
      const lines = pending;
      pending = [];
      return lines;
    },

    statements(effect: Node): string {
      const names = (effect.op.effect?.overwrites ?? []).flatMap((i) => {
        const output = effect.outputs[i];
        return output ? [kernel.output(output)] : [];
      });
      return effect.op.effect?.statements(printer(effect, index), names, effect) ?? "";
    },
  };
}
