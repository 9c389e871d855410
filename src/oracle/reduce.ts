// The reductions: each total is combined from the elements of its row, in order.

import { allocate } from "../core/dtype.ts";
import { reduceShape, sizeOf, stridesOf } from "../core/shape.ts";
import type { ReduceAttrs } from "../ops/reduce.ts";
import { storeAs, type Referenced } from "./reference.ts";

/** `identity` is the value of an empty reduction; without one the first element starts. */
const reduction = (
  combine: (x: number, y: number) => number,
  identity?: number,
): Referenced<ReduceAttrs> => ({
  reference([x], { axes, keepDims }, store) {
    if (!x) return [];
    const out = { shape: reduceShape(x.shape, axes, keepDims), dtype: "f32" } as const;
    const dtype = storeAs(out, store);
    const kept = reduceShape(x.shape, axes, true);
    const totals = new Float64Array(sizeOf(kept)).fill(identity ?? NaN);
    const seen = new Uint8Array(totals.length);
    const strides = stridesOf(kept);
    const index = x.shape.map(() => 0);
    for (const value of x.data) {
      const to = index.reduce((sum, i, axis) => sum + (kept[axis] === 1 ? 0 : i) * (strides[axis] ?? 0), 0);
      totals[to] = seen[to] || identity !== undefined ? combine(totals[to] ?? 0, value) : value;
      seen[to] = 1;
      for (let axis = x.shape.length - 1; axis >= 0; axis--) {
        index[axis] = (index[axis] ?? 0) + 1;
        if ((index[axis] ?? 0) < (x.shape[axis] ?? 1)) break;
        index[axis] = 0;
      }
    }
    const data = allocate(dtype, totals.length);
    data.set(totals);
    return [{ shape: out.shape, dtype, data }];
  },
});

export const sum = reduction((x, y) => x + y, 0);
export const max = reduction((x, y) => (x >= y ? x : y));
export const min = reduction((x, y) => (x <= y ? x : y));
