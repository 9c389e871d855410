// What the text of one kernel shares, wherever it is written: bindings, uniform fields, functions, and names that count up
// in the order of use.

import { producersOf } from "../graph/graph.ts";
import { elementText, type Param, type Template } from "../graph/kernel.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Binding } from "./kernel.ts";

export class KernelScope {
  readonly body: readonly Node[];
  readonly fields: Param[] = [];
  readonly libraries = new Set<string>();
  /** Lines at the start, before any loop. */
  readonly prelude: string[] = [];
  private readonly node: Node;
  private readonly operands: Template["operands"];
  private readonly overwrites: ReadonlyMap<number, Value>;
  private readonly producers: Map<number, Node>;
  private readonly bound = new Map<number, Binding>();
  private readonly scalars = new Map<number, string>();
  private names = 0;

  /** `operands` are what the shader binds itself; `overwrites`: output value id → the value that it is written over. */
  constructor(node: Node, operands: Template["operands"], overwrites: ReadonlyMap<number, Value>) {
    this.node = node;
    this.body = node.body ?? [node];
    this.operands = operands;
    this.overwrites = overwrites;
    this.producers = producersOf(this.body);
  }

  producer(value: Value): Node | undefined {
    return this.producers.get(value.id);
  }

  /** The outputs that are written by assignment. */
  get stored(): readonly Value[] {
    return this.node.outputs.filter((value) => !this.producer(value)?.op.effect);
  }

  get effects(): readonly Node[] {
    return this.body.filter(({ op }) => op.effect);
  }

  isOverwritten({ id }: Value): boolean {
    return this.overwrites.has(id);
  }

  use(library: string | undefined): void {
    if (library !== undefined) this.libraries.add(library.trim());
  }

  /** A uniform field that holds a number; gives its expression. */
  field(value: number, type: "u32" | "i32" | "f32"): string {
    const name = `f${this.fields.length}`;
    this.fields.push({ name, type, value });
    return `params.${name}`;
  }

  freshName(prefix = "v"): string {
    return `${prefix}${this.names++}`;
  }

  /** An element of a value that is bound. */
  element(value: Value, at: string): string {
    // What the shader binds itself is not bound again.
    const operand = this.operands.find((other) => other.value.id === value.id);
    return elementText(value.dtype, operand?.name ?? this.input(value), at, operand?.vectors);
  }

  /** A value of one element, read once. */
  scalar(value: Value): string {
    let name = this.scalars.get(value.id);
    if (name === undefined) {
      name = `s${this.scalars.size}`;
      this.scalars.set(value.id, name);
      this.prelude.push(`let ${name} = ${this.element(value, "0u")};`);
    }
    return name;
  }

  /** The binding of a value that is written. */
  output(value: Value): string {
    const replaced = this.overwrites.get(value.id);
    return replaced ? this.bind(replaced, "read_write", "inout") : this.bind(value, "read_write", "out");
  }

  /** Bindings beside the shader's own, in the order of use. */
  get bindings(): readonly Binding[] {
    return [...this.bound.values()];
  }

  /** The binding of a value that is read. What this kernel overwrites is bound once, for both. */
  private input(value: Value): string {
    const replaced = this.node.outputs.some(({ id }) => this.overwrites.get(id)?.id === value.id);
    return this.bind(value, replaced ? "read_write" : "read", replaced ? "inout" : "in");
  }

  private bind(value: Value, access: Binding["access"], prefix: string): string {
    const known = this.bound.get(value.id);
    if (known) return known.name;
    const name = `${prefix}${this.bound.size}`;
    this.bound.set(value.id, { name, access, value });
    return name;
  }
}
