// What the text of one kernel shares, wherever it is written: bindings, uniform fields, functions, and names that count up
// in the order of use.

import { producersOf } from "../graph/graph.ts";
import { elementText, type Param, type Template } from "../graph/kernel.ts";
import type { Home } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Binding } from "./kernel.ts";

/** Where values lie that have no buffer of their own. */
export interface Placement {
  /** Output value id → the value, a state or a temporary, that it is written over. */
  readonly overwrites: ReadonlyMap<number, Value>;
  /** Value id → its place in a shared buffer. */
  readonly homes: ReadonlyMap<number, Home>;
}

export class KernelScope {
  readonly body: readonly Node[];
  readonly fields: Param[] = [];
  readonly libraries = new Set<string>();
  /** Lines at the start, before any loop. */
  readonly prelude: string[] = [];
  private readonly node: Node;
  private readonly operands: Template["operands"];
  private readonly placement: Placement;
  /** The shared buffers that the kernel writes to. */
  private readonly written: ReadonlySet<number | undefined>;
  private readonly producers: Map<number, Node>;
  private readonly bound = new Map<number | string, Binding>();
  /** Where values start in shared buffers → the field that says so. */
  private offsets = new Map<number, string>();
  /** Of the function that is being written, each with its argument. */
  private parameters: Map<string, string> | undefined;
  private readonly scalars = new Map<number, string>();
  private names = 0;

  /** `operands` are what the shader binds itself. */
  constructor(node: Node, operands: Template["operands"], placement: Placement) {
    this.node = node;
    this.body = node.body ?? [node];
    this.operands = operands;
    this.placement = placement;
    this.written = new Set(node.outputs.map((value) => this.homeOf(this.replacedBy(value) ?? value)?.slab));
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
    return this.placement.overwrites.has(id);
  }

  use(library: string | undefined): void {
    if (library !== undefined) this.libraries.add(library.trim());
  }

  /** A uniform field that holds a number; gives its expression, which is a parameter where a function is written. */
  field(value: number, type: "u32" | "i32" | "f32"): string {
    const field = `f${this.fields.length}`;
    this.fields.push({ name: field, type, value });
    if (!this.parameters) return `params.${field}`;
    const name = `p${this.parameters.size}`;
    this.parameters.set(`${name}: ${type}`, `params.${field}`);
    return name;
  }

  /** What `write` gives as the body of a function: the same text wherever only numbers differ, which it is passed. */
  asFunction(write: () => readonly string[]) {
    const outer = { parameters: this.parameters, offsets: this.offsets, names: this.names };
    const parameters = new Map<string, string>();
    Object.assign(this, { parameters, offsets: new Map(), names: 0 });
    const lines = write();
    Object.assign(this, outer);
    return { parameters: [...parameters.keys()], args: [...parameters.values()], lines };
  }

  freshName(prefix = "v"): string {
    return `${prefix}${this.names++}`;
  }

  /** An element of a value that is bound. */
  element(value: Value, at: string): string {
    // What the shader binds itself is not bound again.
    const operand = this.operands.find((other) => other.value.id === value.id);
    if (operand) return elementText(value.dtype, operand.name, at, operand.vectors);
    return elementText(value.dtype, this.input(value), this.placeOf(value, at));
  }

  /** Where an element of a value is that is written. */
  target(value: Value, at: string): string {
    return `${this.output(value)}[${this.placeOf(this.replacedBy(value) ?? value, at)}]`;
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
    const replaced = this.replacedBy(value);
    return replaced ? this.bind(replaced, "read_write", "inout") : this.bind(value, "read_write", "out");
  }

  /** Bindings beside the shader's own, in the order of use. */
  get bindings(): readonly Binding[] {
    return [...this.bound.values()];
  }

  private replacedBy({ id }: Value): Value | undefined {
    return this.placement.overwrites.get(id);
  }

  private homeOf({ id }: Value): Home | undefined {
    return this.placement.homes.get(id);
  }

  private placeOf(value: Value, at: string): string {
    const home = this.homeOf(value);
    if (!home) return at;
    const first = this.offsets.get(home.offset) ?? this.field(home.offset, "u32");
    this.offsets.set(home.offset, first);
    return `${first} + ${at}`;
  }

  /** The binding of a value that is read. What this kernel overwrites is bound once, for both. */
  private input(value: Value): string {
    const home = this.homeOf(value);
    const replaced = home
      ? this.written.has(home.slab)
      : this.node.outputs.some((output) => this.replacedBy(output)?.id === value.id);
    return this.bind(value, replaced ? "read_write" : "read", replaced ? "inout" : "in");
  }

  /** A buffer that several values share is bound once. */
  private bind(value: Value, access: Binding["access"], prefix: string): string {
    const home = this.homeOf(value);
    const key = home ? `slab ${home.slab}` : value.id;
    const known = this.bound.get(key);
    if (known) return known.name;
    const name = `${prefix}${this.bound.size}`;
    this.bound.set(key, { name, access, value });
    return name;
  }
}
