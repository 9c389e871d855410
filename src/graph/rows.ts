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

/**
 * The form of nodes in topological order, some of which are ops of rows; undefined where they have none. Nodes that read
 * nothing from others of the body may be read at any index, if they are `free`.
 */
export function rowsForm(body: readonly Node[], isFree: (node: Node) => boolean): RowsForm | undefined {
  const [head] = body.filter(({ op }) => op.rows);
  const shape = head?.inputs[0]?.shape;
  if (!head?.op.rows || !shape) return undefined;
  const analysis = new Analysis(shape, head.op.rows.axes(head));
  return body.every((node) => analysis.add(node, isFree(node))) ? analysis : undefined;
}

interface Place {
  readonly level: Level;
  /** The first pass at whose start it is known. */
  readonly stage: number;
}

class Analysis implements RowsForm {
  readonly shape: Shape;
  readonly axes: readonly number[];
  readonly kept: Shape;
  readonly passes: RowTotal[][] = [];
  private readonly dropped: Shape;
  private readonly places = new Map<number, Place>();

  constructor(shape: Shape, axes: readonly number[]) {
    this.shape = shape;
    this.axes = axes;
    this.kept = reduceShape(shape, axes, true);
    this.dropped = reduceShape(shape, axes, false);
  }

  level({ id }: Value): Level | undefined {
    return this.places.get(id)?.level;
  }

  /** False where the node does not fit. */
  add(node: Node, free: boolean): boolean {
    const inside = node.inputs.filter(({ id }) => this.places.has(id));
    const stage = inside.reduce((most, { id }) => Math.max(most, this.places.get(id)?.stage ?? 0), 0);
    const place = node.op.rows ? this.addTotals(node, stage) : this.addMap(node, inside, stage);
    if (place) for (const { id } of node.outputs) this.places.set(id, place);
    return place !== undefined || (free && inside.length === 0);
  }

  private addTotals(node: Node, stage: number): Place | undefined {
    const { rows } = node.op;
    const x = node.inputs[0];
    if (!rows || !x || !sameShape(x.shape, this.shape) || rows.axes(node).join() !== this.axes.join())
      return undefined;
    // Where a row is one element, what is one a row may have the shape of the elements.
    if (this.level(x) === "row") return undefined;
    rows.totals.forEach((total, index) => {
      const pass = (this.passes[stage + index] ??= []);
      pass.push({ node, total, index });
    });
    return { level: rows.element ? "element" : "row", stage: stage + rows.totals.length };
  }

  private addMap({ op, inputs, outputs }: Node, inside: readonly Value[], stage: number): Place | undefined {
    const shape = op.effect ? [] : (outputs[0]?.shape ?? []);
    const level = this.levelOf(shape, inside);
    if (level === undefined) return undefined;
    const fits = inputs.every((value, i) => {
      if (!inside.includes(value)) return true;
      if (op.effect) return this.level(value) === "row";
      if (op.map?.pointwise) return this.meets(value, shape, level);
      return this.alongLastAxis(op, level) && this.isOfOwnRow(value, op, i);
    });
    return fits ? { level, stage } : undefined;
  }

  private levelOf(shape: Shape, inside: readonly Value[]): Level | undefined {
    const isRow = sameShape(shape, this.kept) || sameShape(shape, this.dropped);
    if (!sameShape(shape, this.shape)) return isRow ? "row" : undefined;
    // Where a row is one element, its values and its elements may have one shape.
    return isRow && inside.some((value) => this.level(value) === "row") ? "row" : "element";
  }

  /** Whether what is computed inside can be read by a map whose output has `shape`. */
  private meets(value: Value, shape: Shape, level: Level): boolean {
    const own = this.level(value);
    if (own === level) return sameShape(value.shape, shape);
    return own === "row" && broadcastsAlongRows(this, value.shape);
  }

  private alongLastAxis({ map }: Node["op"], level: Level): boolean {
    const rowsAreLast = this.axes.join() === String(this.shape.length - 1);
    return rowsAreLast && map?.lastAxis !== undefined && (map.lastAxis === "added") === (level === "element");
  }

  /** An element at any place of the row can be computed; a row's values are those of this row alone. */
  private isOfOwnRow(value: Value, { map }: Node["op"], i: number): boolean {
    const level = map?.lastAxis === "dropped" && i === 0 ? "element" : "row";
    return this.level(value) === level && sameShape(value.shape, level === "row" ? this.dropped : this.shape);
  }
}
