// The loops of a kernel: neighbouring axes that everything moves along alike are one loop, and the last is the innermost,
// four elements at a time.

import type { Shape } from "../../../core/shape.ts";

/** A loop over several axes at once: elements are `strides[axis]` apart, whatever is read or written. */
export interface Loop {
  readonly size: number;
  /** The innermost of its axes. */
  readonly axis: number;
}

/** Loops over all axes, outermost first. `apart`: whether an axis and the next one stay two loops. */
export function loopsOver(
  shape: Shape,
  strides: Iterable<readonly number[]>,
  apart: (axis: number, next: number) => boolean,
): Loop[] {
  const all = [...strides];
  const loops: Loop[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const last = loops.at(-1);
    const together =
      last !== undefined &&
      !apart(last.axis, axis) &&
      all.every((one) => (one[last.axis] ?? 0) === (one[axis] ?? 0) * size);
    if (together) loops[loops.length - 1] = { size: last.size * size, axis };
    else loops.push({ size, axis });
  });
  return loops;
}

export const countOf = (loops: readonly Loop[]): number => loops.reduce((count, { size }) => count * size, 1);
