// The axes of a kernel: those of its output, and those that it adds up over. Neighbours along which everything is read alike
// are one.

import type { Shape } from "../../core/shape.ts";

export interface Axis {
  readonly size: number;
  readonly isReduced: boolean;
  /** Axes of the kernel that it stands for: the last one has its stride. */
  readonly last: number;
}

/** `strides`: of everything that is read, along each axis of `shape`. */
export function kernelAxes(
  shape: Shape,
  reduced: readonly number[],
  strides: readonly (readonly number[])[],
): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const isReduced = reduced.includes(axis);
    const before = axes.at(-1);
    const isAlike =
      before?.isReduced === isReduced &&
      strides.every((of) => (of[before.last] ?? 0) === (of[axis] ?? 0) * size);
    if (before && isAlike) axes.splice(-1, 1, { size: before.size * size, isReduced, last: axis });
    else axes.push({ size, isReduced, last: axis });
  });
  return axes;
}
