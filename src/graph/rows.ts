// Which nodes can share a kernel that works row by row, and in which order it computes what they make. Such a kernel runs
// over each row several times: a total is known to what comes after the pass that computes it.

import { reduceShape, sameShape, type Shape } from "../core/shape.ts";
import type { Total } from "./kernel.ts";
import type { Node, Value } from "./op.ts";

/** Of an element of the rows' shape, or of a row as a whole. */
export type Level = "element" | "row";

export interface RowsForm {
  /** The shape whose elements are reduced, and the axes that make a row. */
  readonly shape: Shape;
  readonly axes: readonly number[];
  /** The shape of a row's values: the reduced axes have size 1. */
  readonly kept: Shape;
  /** For each pass, the totals that it computes. */
  readonly passes: readonly (readonly RowTotal[])[];
  level(value: Value): Level | undefined;
}

/** The total of an op of rows, and which of its totals it is. */
export interface RowTotal {
  readonly node: Node;
  readonly total: Total;
  readonly index: number;
}

/** True where a value of shape `shape` is one a row, and meets the elements of its row when it is broadcast. */
export function broadcastsAlongRows({ shape, kept }: Pick<RowsForm, "shape" | "kept">, own: Shape): boolean {
  const lead = shape.length - own.length;
  return lead >= 0 && kept.every((dim, axis) => dim === (own[axis - lead] ?? 1));
}

interface Place {
  readonly level: Level;
  /** The first pass at whose start it is known. */
  readonly stage: number;
}

/**
 * The form of nodes in topological order, some of which are ops of rows; undefined where they have none. Nodes that read
 * nothing from others of the body may be read at any index, if they are `free`.
 */
export function rowsForm(body: readonly Node[], isFree: (node: Node) => boolean): RowsForm | undefined {
  const [head] = body.filter(({ op }) => op.rows);
  const whole = head?.inputs[0]?.shape;
  if (!head?.op.rows || !whole) return undefined;
  const axes = head.op.rows.axes(head);
  const [kept, dropped] = [reduceShape(whole, axes, true), reduceShape(whole, axes, false)];
  const passes: RowTotal[][] = [];
  const places = new Map<number, Place>();
  const level = ({ id }: Value): Level | undefined => places.get(id)?.level;

  const placeOfTotals = (node: Node, stage: number): Place | undefined => {
    const { rows } = node.op;
    const x = node.inputs[0];
    if (!rows || !x || !sameShape(x.shape, whole) || rows.axes(node).join() !== axes.join()) return undefined;
    // Where a row is one element, what is one a row may have the shape of the elements.
    if (level(x) === "row") return undefined;
    rows.totals.forEach((total, index) => (passes[stage + index] ??= []).push({ node, total, index }));
    return { level: rows.element ? "element" : "row", stage: stage + rows.totals.length };
  };

  const levelOf = (shape: Shape, inside: readonly Value[]): Level | undefined => {
    const isRow = sameShape(shape, kept) || sameShape(shape, dropped);
    if (!sameShape(shape, whole)) return isRow ? "row" : undefined;
    // Where a row is one element, its values and its elements may have one shape.
    return isRow && inside.some((value) => level(value) === "row") ? "row" : "element";
  };

  const placeOfMap = ({ op, inputs, outputs }: Node, inside: readonly Value[], stage: number) => {
    const shape = op.effect ? [] : (outputs[0]?.shape ?? []);
    const own = levelOf(shape, inside);
    const fits = (value: Value, i: number): boolean => {
      if (!inside.includes(value)) return true;
      const read = level(value);
      if (op.effect) return read === "row";
      // What is computed inside is read element by element, or is one a row.
      if (op.map?.pointwise)
        return read === own
          ? sameShape(value.shape, shape)
          : read === "row" && broadcastsAlongRows({ shape: whole, kept }, value.shape);
      // An element at any place of the row can be computed; a row's values are those of this row alone.
      const wanted = op.map?.lastAxis === "dropped" && i === 0 ? "element" : "row";
      return (
        axes.join() === String(whole.length - 1) &&
        op.map?.lastAxis === (own === "element" ? "added" : "dropped") &&
        read === wanted &&
        sameShape(value.shape, wanted === "row" ? dropped : whole)
      );
    };
    return own && inputs.every(fits) ? { level: own, stage } : undefined;
  };

  const isPlaced = (node: Node): boolean => {
    const inside = node.inputs.filter(({ id }) => places.has(id));
    const stage = inside.reduce((most, { id }) => Math.max(most, places.get(id)?.stage ?? 0), 0);
    const place = node.op.rows ? placeOfTotals(node, stage) : placeOfMap(node, inside, stage);
    if (place) for (const { id } of node.outputs) places.set(id, place);
    return place !== undefined || (isFree(node) && inside.length === 0);
  };
  return body.every(isPlaced) ? { shape: whole, axes, kept, passes, level } : undefined;
}
