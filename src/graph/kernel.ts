// How ops describe their kernels: data and text, no GPU objects. Four kinds. A map computes each output element from
// elements of its inputs, so it can be fused into others. An op of rows (a reduction, softmax) computes totals of each row,
// and perhaps elements from them; several, with maps around them, can share a kernel. An anchor is a whole shader (matmul)
// with slots for maps before and after it. An effect writes state in place.

import type { DType } from "../core/dtype.ts";
import type { Profile } from "./profile.ts";
import type { Attrs, Node, Value } from "./op.ts";

/** A position in a tensor, as a WGSL expression for the row-major element number. */
export interface Index {
  readonly expression: string;
  /** Where the shader already knows quotient and remainder by `size`: the row and the column of a matmul's output. */
  readonly split?: { readonly size: number; readonly outer: string; readonly inner: string };
}

/** What a map may use while it prints itself at one index of its output. */
export interface Printer {
  /** Index in the output, row-major. */
  readonly index: Index;
  /** Input `i` at the output's index, broadcast where its shape is smaller. */
  value(i: number): string;
  /** Input `i` at another index. */
  read(i: number, at: Index): string;
  /** `at` divided by `size`: [quotient, remainder]. Sizes live in the uniform, never in the text. */
  divide(at: Index, size: number): readonly [Index, Index];
  /** A number that is passed in the kernel's uniform. */
  uniform(value: number, type: "u32" | "i32" | "f32"): string;
}

export interface MapKernel<A extends Attrs = Attrs> {
  /** The WGSL expression of one output element. */
  expression(printer: Printer, node: Node<A>): string;
  /** True where every input is read only at the output's own (broadcast) index, so that producers may be fused in. */
  readonly pointwise: boolean;
  /** Where the output has the inputs' shape with the last axis gone, or with one more: each row is made of its own row. */
  readonly lastAxis?: "dropped" | "added";
  /** WGSL functions that the expression calls. */
  readonly library?: string | undefined;
  /** A kernel of the op's own, for when nothing is fused with it: a module with the slots of elementwise.wgsl. */
  readonly shader?: Shader | undefined;
}

/** What is combined over a row. */
export interface Total {
  /** What is combined, from an element of x and the totals before this one; the element itself unless given. */
  readonly of?: (x: string, totals: readonly string[]) => string;
  /** WGSL that combines a total with a value. */
  readonly combine: (total: string, value: string) => string;
  /** What an empty row gives; without one, the first value starts the total. */
  readonly identity?: number | undefined;
}

/** The axes of x, the only input, that make a row; and what is computed of each row. */
export interface RowsKernel<A extends Attrs = Attrs> {
  axes(node: Node<A>): readonly number[];
  readonly totals: readonly Total[];
  /** An element of the output, which has the shape of x; without it, the output is the last total of each row. */
  readonly element?: (x: string, totals: readonly string[]) => string;
}

/** A whole, valid WGSL module as it lies in shaders/. */
export interface Shader {
  readonly name: string;
  /** What few plans need is fetched when one does. */
  readonly text: string | (() => Promise<string>);
}

export const textOf = async ({ text }: Shader): Promise<string> => (typeof text === "string" ? text : text());

export interface Param {
  readonly name: string;
  readonly type: "u32" | "i32" | "f32" | "vec4<u32>";
  readonly value: number | readonly number[];
}

/** A place in an anchor's shader where maps over one index space can be printed. */
export interface Site {
  readonly slot: string;
  readonly index: Index;
  /** Values that the shader has in a variable here. */
  readonly values: readonly (readonly [Value, string])[];
}

/** A storage binding of an anchor's own. */
export interface Operand {
  readonly name: string;
  readonly value: Value;
  /** True where its elements are `vec4`s. */
  readonly vectors?: boolean;
}

/** An anchor's shader, ready but for its slots. */
export interface Template {
  readonly shader: Shader;
  readonly constants: Readonly<Record<string, number>>;
  readonly params: readonly Param[];
  /** The file's own storage bindings, in order after the uniform, and the values bound to them. */
  readonly operands: readonly Operand[];
  readonly stores: readonly Site[];
  /** Text for further slots, which may read values by element. */
  readonly fill?: (printer: SlotPrinter) => Readonly<Record<string, string>>;
  /** Workgroups in all; the plan folds them into a grid. */
  readonly workgroups: number;
  readonly flops: number;
}

export interface SlotPrinter {
  /** A value's element at `at`, adding its binding. */
  element(value: Value, at: string): string;
  /** The body of a function that gives the element at `at` of a value that maps of the kernel make; it knows some already. */
  computed(value: Value, at: string, known: Site["values"]): string;
  /** A number that is passed in the kernel's uniform. */
  uniform(value: number, type: "u32" | "i32" | "f32"): string;
}

/** The element at `at` of a buffer: bytes are taken out of their word, as u32, and numbers out of their vector. */
export function elementText(dtype: DType, buffer: string, at: string, vectors = false): string {
  if (dtype === "u8") return `((${buffer}[(${at}) >> 2u] >> (((${at}) & 3u) * 8u)) & 255u)`;
  return vectors ? `${buffer}[(${at}) >> 2u][(${at}) & 3u]` : `${buffer}[${at}]`;
}

export interface AnchorKernel<A extends Attrs = Attrs> {
  /** `body` holds the anchor and what was fused with it. */
  template(node: Node<A>, body: readonly Node[], profile: Profile): Template;
  /** Inputs whose rows may be picked by index while they are read. */
  readonly rows?: readonly number[];
}

export interface EffectKernel<A extends Attrs = Attrs> {
  /** For each output, the input that it overwrites. */
  readonly overwrites: readonly number[];
  /** Statements; `names` are the bindings of the overwritten inputs, `printer` reads the others. */
  statements(printer: Printer, names: readonly string[], node: Node<A>): string;
}

/** How elements lie in a buffer; bytes come four to a word, the first in the lowest bits. */
export const wgslType: Readonly<Record<DType, string>> = {
  f32: "f32",
  i32: "i32",
  u32: "u32",
  bool: "u32",
  u8: "u32",
};
