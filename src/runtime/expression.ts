// The maps of a kernel as one expression an output: what is read where, by strides over the axes of the elements that the
// kernel makes, and what is computed from it.

import type { DType } from "../core/dtype.ts";
import { sizeOf, stridesOf, type Shape } from "../core/shape.ts";
import type { Node, Value } from "../graph/op.ts";
import { at } from "../ops/define.ts";

/** `Place` is where a back end has its values. */
export type Expression<Place> =
  /** The element at Σ strides·index. */
  | {
      readonly kind: "read";
      readonly place: Place;
      readonly dtype: DType;
      readonly strides: readonly number[];
      /** What is added to that: `index` times `step`. */
      readonly moved?: { readonly index: Expression<Place>; readonly step: number };
    }
  | { readonly kind: "apply"; readonly node: Node; readonly operands: readonly Expression<Place>[] }
  /** x where `index` is the position along `axis` (-1: 0), else 0. */
  | {
      readonly kind: "only";
      readonly x: Expression<Place>;
      readonly index: Expression<Place>;
      readonly axis: number;
    }
  /** Bytes as f32, times `scale`. */
  | { readonly kind: "bytes"; readonly x: Expression<Place>; readonly scale: number };

/** For each axis of a value, the axis of the kernel along which it goes; -1: it stays at 0. */
export type View = readonly number[];

export interface Sources<Place> {
  /** The map that makes a value in this kernel; undefined: it lies in memory. */
  map(value: Value): Node | undefined;
  /** Where a value lies. */
  place(value: Value): Place;
}

/** Makes the expressions of one kernel; equal ones are the same object. */
export class Expressions<Place> {
  private readonly rank: number;
  private readonly sources: Sources<Place>;
  private readonly known = new Map<string, Expression<Place>>();

  constructor({ length }: Shape, sources: Sources<Place>) {
    this.rank = length;
    this.sources = sources;
  }

  /** Of a value that has the kernel's own shape. */
  of(value: Value): Expression<Place> {
    return this.at(
      value,
      value.shape.map((_, axis) => axis),
    );
  }

  /** Of a value that is seen by a view. */
  at(value: Value, view: View): Expression<Place> {
    const key = `${value.id} ${view.join()}`;
    const known = this.known.get(key) ?? this.make(value, view);
    this.known.set(key, known);
    return known;
  }

  private make(value: Value, view: View): Expression<Place> {
    const node = this.sources.map(value);
    if (!node) return this.read(value, value.shape, view);
    switch (node.op.name) {
      case "transpose": {
        const permutation = node.attrs["permutation"] as readonly number[];
        const x = at(node.inputs, 0);
        return this.at(
          x,
          x.shape.map((_, axis) => view[permutation.indexOf(axis)] ?? -1),
        );
      }
      case "gather": {
        const x = at(node.inputs, 0);
        const rows = at(node.inputs, 1);
        const step = sizeOf(x.shape.slice(1));
        const index = this.at(rows, view.slice(0, rows.shape.length));
        const picked = this.read(x, x.shape.slice(1), view.slice(rows.shape.length), { index, step });
        if (x.dtype !== "u8") return picked;
        return { kind: "bytes", x: picked, scale: Number(node.attrs["scale"] ?? 1) };
      }
      case "pick": {
        const x = at(node.inputs, 0);
        const index = this.at(at(node.inputs, 1), view);
        return this.read(x, x.shape, [...view, -1], { index, step: 1 });
      }
      case "place": {
        const rest = view.slice(0, -1);
        const x = this.at(at(node.inputs, 0), rest);
        return { kind: "only", x, index: this.at(at(node.inputs, 1), rest), axis: view.at(-1) ?? -1 };
      }
      default:
        return {
          kind: "apply",
          node,
          operands: node.inputs.map((input) => this.at(input, broadcastView(input.shape, view, value.shape))),
        };
    }
  }

  /** An element of what lies in memory under a shape. */
  private read(
    value: Value,
    shape: Shape,
    view: View,
    moved?: { readonly index: Expression<Place>; readonly step: number },
  ): Expression<Place> {
    const strides = new Array<number>(this.rank).fill(0);
    const own = stridesOf(shape);
    view.forEach((axis, i) => {
      if (axis >= 0 && shape[i] !== 1) strides[axis] = (strides[axis] ?? 0) + (own[i] ?? 0);
    });
    return {
      kind: "read",
      place: this.sources.place(value),
      dtype: value.dtype,
      strides,
      ...(moved && { moved }),
    };
  }
}

/** How an input of `from` is seen where its broadcast to `to` is seen by `view`. */
export const broadcastView = (from: Shape, view: View, to: Shape): View =>
  from.map((dim, i) => {
    const axis = to.length - from.length + i;
    return dim === 1 && to[axis] !== 1 ? -1 : (view[axis] ?? -1);
  });

/** Every part of some expressions, each once. */
export function partsOf<Place>(expressions: Iterable<Expression<Place>>): Set<Expression<Place>> {
  const seen = new Set<Expression<Place>>();
  const visit = (one: Expression<Place>): void => {
    if (seen.has(one)) return;
    seen.add(one);
    if (one.kind === "read") {
      if (one.moved) visit(one.moved.index);
    } else if (one.kind === "apply") one.operands.forEach(visit);
    else {
      visit(one.x);
      if (one.kind === "only") visit(one.index);
    }
  };
  for (const one of expressions) visit(one);
  return seen;
}
