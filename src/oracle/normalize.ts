// Softmax and log-softmax along one axis.

import { allocate } from "../core/dtype.ts";
import { normalizeAxis, sizeOf, type Shape } from "../core/shape.ts";
import type { AxisAttrs } from "../ops/normalize.ts";
import { storeAs, type Referenced } from "./reference.ts";

/** `scalar` gives one element, from x, the row's maximum and the row's Σ exp(x − maximum). */
const rowOp = (scalar: (x: number, maximum: number, total: number) => number): Referenced<AxisAttrs> => ({
  reference([x], { axis }, store) {
    if (!x) return [];
    const dtype = storeAs({ shape: x.shape, dtype: "f32" }, store);
    const data = allocate(dtype, x.data.length);
    const { outer, length, inner } = rowsAlong(x.shape, axis);
    for (let row = 0; row < outer * inner; row++) {
      const start = Math.floor(row / inner) * length * inner + (row % inner);
      let maximum = -Infinity;
      for (let i = 0; i < length; i++) maximum = Math.max(maximum, x.data[start + i * inner] ?? NaN);
      let total = 0;
      for (let i = 0; i < length; i++) total += Math.exp((x.data[start + i * inner] ?? NaN) - maximum);
      for (let i = 0; i < length; i++)
        data[start + i * inner] = scalar(x.data[start + i * inner] ?? NaN, maximum, total);
    }
    return [{ shape: x.shape, dtype, data }];
  },
});

export const softmax = rowOp((x, maximum, total) => Math.exp(x - maximum) / total);
export const logSoftmax = rowOp((x, maximum, total) => x - maximum - Math.log(total));

function rowsAlong(shape: Shape, axis: number): { outer: number; length: number; inner: number } {
  const at = normalizeAxis("softmax", axis, shape.length);
  return { outer: sizeOf(shape.slice(0, at)), length: shape[at] ?? 1, inner: sizeOf(shape.slice(at + 1)) };
}
