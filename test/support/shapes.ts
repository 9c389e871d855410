// Shapes that ops of elements meet: a workgroup has 64 invocations, so 67 and 130 end inside one.

import { broadcastShapes, sizeOf, type Shape } from "../../src/core/shape.ts";

export const unaryShapes: readonly (readonly [Shape])[] = [
  [[]],
  [[1]],
  [[67]],
  [[130]],
  [[0, 3]],
  [[2, 1, 5, 13]],
];

/** How two shapes meet: alike, along a row, a column, a middle axis, as scalars, on both sides, in rank 4, empty. */
export const binaryShapes: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[67], [67]],
  [[5, 7], [7]],
  [
    [5, 7],
    [5, 1],
  ],
  [
    [2, 1, 4],
    [2, 3, 4],
  ],
  [[3, 5], []],
  [[1], [13, 10]],
  [
    [4, 1, 3],
    [5, 1],
  ],
  [
    [2, 3, 4, 5],
    [3, 1, 5],
  ],
  [[0, 3], [3]],
];

/** Alike, along a row, on both sides, empty: for ops whose kernels index as those of mul do. */
export const fewBinaryShapes = [1, 2, 7, 9].flatMap((i) => binaryShapes.slice(i, i + 1));

/** The most elements of the result that one element of an input is broadcast to: the length of a gradient's sum. */
export function repeats(shapes: readonly Shape[]): number {
  const out = shapes.reduce((p, q) => broadcastShapes("repeats", p, q), []);
  return Math.max(1, ...shapes.map((shape) => sizeOf(out) / Math.max(1, sizeOf(shape))));
}

const reduction = (shape: Shape, axes: readonly number[], keepDims = false) => ({
  shapes: [shape] as const,
  attrs: { axes, keepDims },
  /** Terms of one result. */
  length: Math.max(1, sizeOf(shape.filter((_, axis) => axes.includes(axis)))),
});

/** All of an array, each axis, several axes that alternate with kept ones, few and many results, nothing at all. */
export const reductions = [
  reduction([], []),
  reduction([1], [0]),
  reduction([67], [0]),
  reduction([130], [0], true),
  reduction([5, 7], [0]),
  reduction([5, 7], [1], true),
  reduction([2, 130], [1]),
  reduction([130, 3], [0]),
  reduction([3, 4, 5], [1]),
  reduction([3, 4, 5], [0, 2]),
  reduction([2, 3, 4, 5], [0, 2], true),
  reduction([2, 1, 4, 5], [1, 3]),
  reduction([300, 3], [1]),
  reduction([3, 0], [0]),
  reduction([0, 3], [0]),
];

const along = (shape: Shape, axis: number) => ({ shapes: [shape] as const, attrs: { axis } });

/** Rows that lie together, apart, alone, many of them, long ones and none. */
export const rows = [
  along([1], 0),
  along([1, 1], 1),
  along([67], 0),
  along([4, 10], 1),
  along([4, 10], 0),
  along([3, 4, 5], 1),
  along([2, 1, 3, 5], 2),
  along([67, 3], 1),
  along([2, 130], 1),
  along([0, 3], 1),
];
