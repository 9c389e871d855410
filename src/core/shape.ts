// Shapes as plain arrays of dimensions, outermost first, and the arithmetic on them. Pure functions.

import { ShapeError } from "./errors.ts";

export type Shape = readonly number[];

export const formatShape = (shape: Shape): string => `[${shape.join(",")}]`;

/** Number of elements: the product of the dimensions, 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i] ?? 1;
  }
  return strides;
}

/** NumPy's rule: align at the right; equal dimensions or a 1 meet. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const p = a[a.length - rank + i] ?? 1;
    const q = b[b.length - rank + i] ?? 1;
    if (p !== q && p !== 1 && q !== 1)
      throw new ShapeError(
        `${op}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast, ${p} meets ${q}. ` +
          `Reshape one side so that dimensions, aligned at the right, are equal or 1.`,
      );
    out.push(p === 1 ? q : p);
  }
  return out;
}

/** Strides of `shape` seen as the broadcast `target`: 0 along every dimension that repeats. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : (strides[i - lead] ?? 0)));
}

/** One axis, counted from the end when negative. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || at < 0 || at >= rank)
    throw new ShapeError(
      `${op}: axis ${axis} is out of range for rank ${rank}. Use ${-rank} to ${rank - 1}.`,
    );
  return at;
}

/** Sorted, distinct axes; `undefined` means all of them. */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === "number" ? [axes] : axes).map((axis) => normalizeAxis(op, axis, rank));
  if (new Set(list).size !== list.length)
    throw new ShapeError(`${op}: axes ${formatShape(list)} name one axis twice. Name each once.`);
  return list.sort((p, q) => p - q);
}

/** The shape that is left after reducing `axes` (sorted, in range). */
export function reduceShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  if (keepDims) return shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
  return shape.filter((_, i) => !axes.includes(i));
}

/** Throws unless every dimension is a non-negative integer and the size is exact in a u32. */
export function checkShape(op: string, shape: Shape): void {
  const bad = shape.find((dim) => !Number.isInteger(dim) || dim < 0);
  if (bad !== undefined)
    throw new ShapeError(
      `${op}: shape ${formatShape(shape)} has the dimension ${bad}. Use integers from 0 up.`,
    );
  if (sizeOf(shape) >= 2 ** 32)
    throw new ShapeError(`${op}: shape ${formatShape(shape)} has more than 2^32 elements. Split it.`);
}
