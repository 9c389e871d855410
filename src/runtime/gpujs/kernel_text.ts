// A kernel as gpu.js takes it: the text of a JavaScript function, and its arguments. Sizes, strides and constants are arguments,
// so that equal kernels over other shapes are one text. It never was a function, which a minifier would rewrite.

import type { Shape } from "../../core/shape.ts";
import { partsOf, type Expression as ExpressionOf } from "../expression.ts";
import { kernelAxes, type Axis } from "./kernel_axes.ts";
import { maps } from "./maps.ts";
import { placeKey, type Place } from "./place.ts";

export type Expression = ExpressionOf<Place>;

/** How the elements along reduced axes become one. */
export type Total = "sum" | "max" | "min";

export interface Elements {
  /** Of the expression, reduced axes included. */
  readonly shape: Shape;
  readonly expression: Expression;
  readonly total?: Total;
  readonly reduced?: readonly number[];
}

export interface Scalar {
  readonly type: "Integer" | "Float";
  readonly value: number;
}

/** Its arguments are arrays, then scalars. */
export interface KernelText {
  readonly text: string;
  /** Sizes of its output, the innermost first. Always three: textures of fewer would be another type. */
  readonly output: readonly [x: number, y: number, z: number];
  readonly arrays: readonly Place[];
  readonly scalars: readonly Scalar[];
}

type Combine = (total: string, x: string) => string;

const totals: Readonly<Record<Total, readonly [start: number, combine: Combine]>> = {
  sum: [0, (total, x) => `${total} + ${x}`],
  max: [-Infinity, (total, x) => `Math.max(${total}, ${x})`],
  min: [Infinity, (total, x) => `Math.min(${total}, ${x})`],
};

export const kernelText = (elements: Elements): KernelText => new Writer(elements).kernel();

class Writer {
  private readonly elements: Elements;
  private readonly axes: readonly Axis[];
  /** Axis → its index, as text. */
  private readonly indices = new Map<number, string>();
  private readonly arrays = new Map<string, Place>();
  private readonly scalars: Scalar[] = [];
  private readonly lines: string[] = [];
  private readonly known = new Map<Expression, string>();
  private names = 0;

  constructor(elements: Elements) {
    const { shape, expression, reduced = [] } = elements;
    this.elements = elements;
    const strides = [...partsOf([expression])].flatMap((part) => {
      if (part.kind === "read") return [part.strides];
      // What is compared with an index keeps that index apart.
      return part.kind === "only" ? [shape.map((_, axis) => Number(axis === part.axis))] : [];
    });
    this.axes = kernelAxes(shape, reduced, strides);
  }

  kernel(): KernelText {
    const output = this.threads();
    const result = this.result();
    const parameters = [
      ...Array.from(this.arrays.values(), (_, i) => `a${i}`),
      ...this.scalars.map((_, i) => this.scalarName(i)),
    ];
    return {
      text: `function (${parameters.join(", ")}) {\n${this.lines.join("\n")}\nreturn ${result};\n}`,
      output,
      arrays: [...this.arrays.values()],
      scalars: this.scalars,
    };
  }

  /**
   * gpu.js counts along three axes; what is further out is found in the third. Two are the first and the third: what has two axes it
   * lays out as they are, however wide, and not within the largest texture.
   */
  private threads(): KernelText["output"] {
    const [x, ...others] = this.axes.filter(({ isReduced }) => !isReduced).reverse();
    const y = others.length > 1 ? others.shift() : undefined;
    if (x) this.indices.set(x.last, "this.thread.x");
    if (y) this.indices.set(y.last, "this.thread.y");
    let rest = "this.thread.z";
    others.forEach(({ size, last }, i) => {
      if (i === others.length - 1) return void this.indices.set(last, rest);
      const n = this.scalar("Integer", size);
      // Half an element off: no quotient is near a whole number, whatever a GPU's division makes of it.
      const quotient = this.named(`Math.floor((${rest} + 0.5) / ${n})`);
      this.indices.set(last, this.named(`${rest} - ${quotient} * ${n}`));
      rest = quotient;
    });
    return [x?.size ?? 1, y?.size ?? 1, others.reduce((product, { size }) => product * size, 1)];
  }

  private result(): string {
    const { expression, total } = this.elements;
    if (!total) return this.value(expression);
    const [start, combine] = totals[total];
    this.lines.push(`let total = ${this.scalar("Float", start)};`);
    const loops = this.axes.filter(({ isReduced }) => isReduced);
    loops.forEach(({ size, last }, i) => {
      this.lines.push(`for (let r${i} = 0; r${i} < ${this.scalar("Integer", size)}; r${i}++) {`);
      this.indices.set(last, `r${i}`);
    });
    const x = this.value(expression);
    this.lines.push(`total = ${combine("total", x)};`, ...loops.map(() => "}"));
    return "total";
  }

  /** The variable that holds a value. */
  private value(expression: Expression): string {
    const known = this.known.get(expression) ?? this.named(this.textOf(expression));
    this.known.set(expression, known);
    return known;
  }

  private textOf(expression: Expression): string {
    switch (expression.kind) {
      case "read":
        return `${this.array(expression.place)}[${this.offset(expression)}]`;
      case "only": {
        const position = this.indices.get(expression.axis) ?? "0";
        return `(${this.value(expression.index)} === ${position} ? ${this.value(expression.x)} : 0)`;
      }
      case "apply": {
        const { node, operands } = expression;
        if (node.op.name === "constant") return this.scalar("Float", Number(node.attrs["value"]));
        const values = operands.map((operand) => this.value(operand));
        return maps[node.op.name]?.(values, node, (text) => this.named(text)) ?? unwritten(node.op.name);
      }
      case "bytes":
        return unwritten("bytes");
    }
  }

  private offset({ strides, moved }: Expression & { kind: "read" }): string {
    const times = (index: string, stride: number): string =>
      stride === 1 ? index : `${index} * ${this.scalar("Integer", stride)}`;
    const terms = this.axes.flatMap(({ last }) => {
      const stride = strides[last] ?? 0;
      return stride === 0 ? [] : [times(this.indices.get(last) ?? "0", stride)];
    });
    if (moved) terms.push(times(this.value(moved.index), moved.step));
    return terms.join(" + ") || "0";
  }

  private array(place: Place): string {
    const key = placeKey(place);
    this.arrays.set(key, place);
    return `a${[...this.arrays.keys()].indexOf(key)}`;
  }

  private scalar(type: Scalar["type"], value: number): string {
    return this.scalarName(this.scalars.push({ type, value }) - 1);
  }

  private scalarName(i: number): string {
    return `${this.scalars[i]?.type === "Integer" ? "n" : "c"}${i}`;
  }

  private named(text: string): string {
    const name = `v${this.names++}`;
    this.lines.push(`const ${name} = ${text};`);
    return name;
  }
}

function unwritten(what: string): never {
  throw new RangeError(`gpujs: ${what} has no text. This is a bug in chainrule: please report it.`);
}
