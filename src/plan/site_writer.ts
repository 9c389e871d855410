// Writes the maps of one place in a shader, each element once, as `let` lines.

import { LimitError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import type { Index, Printer, Site } from "../graph/kernel.ts";
import type { Node, Value } from "../graph/op.ts";
import { broadcastIndex, divideIndex } from "./element_index.ts";

/** What a site needs of the kernel around it: bindings, uniform fields, names. */
export interface KernelScope {
  producer(value: Value): Node | undefined;
  use(library: string | undefined): void;
  /** A uniform field that holds a number; gives its expression. */
  field(value: number, type: "u32" | "i32" | "f32"): string;
  freshName(): string;
  /** An element of a value that is bound. */
  element(value: Value, at: string): string;
  /** A value of one element, read once. */
  scalar(value: Value): string;
  /** The binding of a value that is written. */
  output(value: Value): string;
}

export class SiteWriter {
  readonly lines: string[] = [];
  private readonly known = new Map<number, string>();
  private readonly kernel: KernelScope;
  private readonly index: Index;

  constructor(kernel: KernelScope, index: Index, values: Site["values"]) {
    this.kernel = kernel;
    this.index = index;
    for (const [value, name] of values) this.known.set(value.id, name);
  }

  /** The variable that holds `value` at the site's own index. */
  element(value: Value): string {
    const known = this.known.get(value.id);
    if (known !== undefined) return known;
    const text = this.at(value, this.index);
    if (/^(\w+|params\.\w+)$/.test(text)) return text;
    const name = this.kernel.freshName();
    this.lines.push(`let ${name} = ${text};`);
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
    if (node?.op.map) {
      this.kernel.use(node.op.map.library);
      return node.op.map.expression(this.printer(node, index), node);
    }
    if (sizeOf(value.shape) === 1) return this.kernel.scalar(value);
    return this.kernel.element(value, index.expression);
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
        const at = broadcastIndex(index, value.shape, shape, size);
        return at === this.index ? this.element(value) : this.at(value, at);
      },
      read: (i: number, at: Index): string => this.at(input(i), at),
      divide: (at: Index, by: number) => divideIndex(at, by, size),
      uniform: (value: number, type: "u32" | "i32" | "f32") => this.kernel.field(value, type),
    };
  }
}
