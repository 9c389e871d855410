// What the text of one kernel shares, wherever it is written: bindings, uniform fields, functions, and names that count up
// in the order of use.

import { cached } from "../core/cached.ts";
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

export type KernelScope = ReturnType<typeof kernelScope>;

/** Of a node's kernel; `operands` are what the shader binds itself. */
export function kernelScope(node: Node, operands: Template["operands"], placement: Placement) {
  const body = node.body ?? [node];
  const producers = producersOf(body);
  const fields: Param[] = [];
  const libraries = new Set<string>();
  /** Lines at the start, before any loop. */
  const prelude: string[] = [];
  const bound = new Map<number | string, Binding>();
  const scalars = new Map<number, string>();
  /** Where values start in shared buffers → the field that says so. */
  let offsets = new Map<number, string>();
  /** Of the function that is being written, each with its argument. */
  let parameters: Map<string, string> | undefined;
  let names = 0;

  const replacedBy = ({ id }: Value): Value | undefined => placement.overwrites.get(id);
  const homeOf = ({ id }: Value): Home | undefined => placement.homes.get(id);
  /** The shared buffers that the kernel writes to. */
  const written = new Set(node.outputs.map((value) => homeOf(replacedBy(value) ?? value)?.slab));
  const producer = ({ id }: Value): Node | undefined => producers.get(id);

  /** A uniform field that holds a number; gives its expression, which is a parameter where a function is written. */
  const field = (value: number, type: "u32" | "i32" | "f32"): string => {
    const name = `f${fields.length}`;
    fields.push({ name, type, value });
    if (!parameters) return `params.${name}`;
    const parameter = `p${parameters.size}`;
    parameters.set(`${parameter}: ${type}`, `params.${name}`);
    return parameter;
  };

  const placeOf = (value: Value, at: string): string => {
    const home = homeOf(value);
    return home ? `${cached(offsets, home.offset, (offset) => field(offset, "u32"))} + ${at}` : at;
  };

  /** A buffer that several values share is bound once. */
  const bind = (value: Value, access: Binding["access"], prefix: string): string => {
    const home = homeOf(value);
    const key = home ? `slab ${home.slab}` : value.id;
    return cached(bound, key, () => ({ name: `${prefix}${bound.size}`, access, value })).name;
  };

  /** The binding of a value that is read. What this kernel overwrites is bound once, for both. */
  const input = (value: Value): string => {
    const home = homeOf(value);
    const replaced = home
      ? written.has(home.slab)
      : node.outputs.some((output) => replacedBy(output)?.id === value.id);
    return bind(value, replaced ? "read_write" : "read", replaced ? "inout" : "in");
  };

  /** The binding of a value that is written. */
  const output = (value: Value): string => {
    const replaced = replacedBy(value);
    return replaced ? bind(replaced, "read_write", "inout") : bind(value, "read_write", "out");
  };

  /** An element of a value that is bound. */
  const element = (value: Value, at: string): string => {
    // What the shader binds itself is not bound again.
    const operand = operands.find((other) => other.value.id === value.id);
    if (operand) return elementText(value.dtype, operand.name, at, operand.vectors);
    return elementText(value.dtype, input(value), placeOf(value, at));
  };

  return {
    body,
    fields,
    libraries,
    prelude,
    producer,
    field,
    output,
    element,
    /** The outputs that are written by assignment. */
    stored: node.outputs.filter((value) => !producer(value)?.op.effect),
    effects: body.filter(({ op }) => op.effect),
    isOverwritten: (value: Value): boolean => replacedBy(value) !== undefined,

    use(library: string | undefined): void {
      if (library !== undefined) libraries.add(library.trim());
    },

    freshName: (prefix = "v"): string => `${prefix}${names++}`,

    /** What `write` gives as the body of a function: the same text wherever only numbers differ, which it is passed. */
    asFunction(write: () => readonly string[]) {
      const outer = [parameters, offsets, names] as const;
      const own = new Map<string, string>();
      [parameters, offsets, names] = [own, new Map(), 0];
      const lines = write();
      [parameters, offsets, names] = outer;
      return { parameters: [...own.keys()], args: [...own.values()], lines };
    },

    /** Where an element of a value is that is written. */
    target: (value: Value, at: string): string =>
      `${output(value)}[${placeOf(replacedBy(value) ?? value, at)}]`,

    /** A value of one element, read once. */
    scalar: (value: Value): string =>
      cached(scalars, value.id, () => {
        const name = `s${scalars.size}`;
        prelude.push(`let ${name} = ${element(value, "0u")};`);
        return name;
      }),

    /** Bindings beside the shader's own, in the order of use. */
    get bindings(): readonly Binding[] {
      return [...bound.values()];
    },
  };
}
