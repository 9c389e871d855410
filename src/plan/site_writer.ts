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

export class SiteWriter {
  private pending: string[] = [];
  private readonly known = new Map<number, string>();
  private readonly kernel: KernelScope;
  private readonly index: Index;
  private readonly row: RowScope | undefined;
  private readonly scalars: boolean;

  constructor(
    kernel: KernelScope,
    index: Index,
    values: Site["values"] = [],
    { row, scalars = true }: SiteOptions = {},
  ) {
    this.kernel = kernel;
    this.index = index;
    this.row = row;
    this.scalars = scalars;
    for (const [value, name] of values) this.know(value, name);
  }

  /** Names the variable that holds `value`. */
  know(value: Value, name: string): void {
    this.known.set(value.id, name);
  }

  /** The lines since they were last taken. */
  take(): string[] {
    const lines = this.pending;
    this.pending = [];
    return lines;
  }

  /** The variable that holds `value` at the site's own index. */
  element(value: Value): string {
    const known = this.known.get(value.id);
    if (known !== undefined) return known;
    const text = this.at(value, this.index);
    if (/^(\w+|params\.\w+)$/.test(text)) return text;
    const name = this.kernel.freshName();
    this.pending.push(`let ${name} = ${text};`);
    this.known.set(value.id, name);
    return name;
  }

  statements(effect: Node): string {
    const names = (effect.op.effect?.overwrites ?? []).flatMap((i) => {
      const output = effect.outputs[i];
      return output ? [this.kernel.output(output)] : [];
    });
    return effect.op.effect?.statements(this.printer(effect, this.index), names, effect) ?? "";
  }

  /** The expression of a value's element at any index. */
  private at(value: Value, index: Index): string {
    const node = this.kernel.producer(value);
    if (node?.op.rows?.element && this.row) {
      const [x] = node.inputs;
      if (x) return node.op.rows.element(this.own(x, index), this.row.totalsOf(node));
    }
    if (node?.op.map) {
      this.kernel.use(node.op.map.library);
      return node.op.map.expression(this.printer(node, index), node);
    }
    if (this.scalars && sizeOf(value.shape) === 1) return this.kernel.scalar(value);
    return this.kernel.element(value, index.expression);
  }

  private own(value: Value, at: Index): string {
    return at === this.index ? this.element(value) : this.at(value, at);
  }

  private printer(node: Node, index: Index): Printer {
    const size = (value: number): string => this.kernel.field(value, "u32");
    const shape = node.op.effect ? [] : (node.outputs[0]?.shape ?? []);
    const input = (i: number): Value => {
      const value = node.inputs[i];
      if (!value) throw new LimitError(`${node.op.name} has no input ${i}.`);
      return value;
    };
    return {
      index,
      value: (i: number): string => {
        const value = input(i);
        if (this.row?.repeats(value, shape)) return this.row.element(value);
        return this.own(value, broadcastIndex(index, value.shape, shape, size));
      },
      read: (i: number, at: Index): string =>
        at.expression === this.row?.index.expression ? this.row.element(input(i)) : this.own(input(i), at),
      divide: (at: Index, by: number) => divideIndex(at, by, size),
      uniform: (value: number, type: "u32" | "i32" | "f32") => this.kernel.field(value, type),
    };
  }
}
