import { allocate } from "../core/dtype.ts";
import { broadcastStrides, sizeOf } from "../core/shape.ts";
import type { BroadcastAttrs } from "../ops/broadcast.ts";
import type { Referenced } from "./reference.ts";

export const broadcast: Referenced<BroadcastAttrs> = {
  reference([x], { shape }) {
    if (!x) return [];
    const data = allocate(x.dtype, sizeOf(shape));
    const strides = broadcastStrides(x.shape, shape);
    const fill = (axis: number, from: number, to: number): number => {
      if (axis === shape.length) {
        data[to] = x.data[from] ?? 0;
        return to + 1;
      }
      for (let i = 0; i < (shape[axis] ?? 1); i++) to = fill(axis + 1, from + i * (strides[axis] ?? 0), to);
      return to;
    };
    if (data.length) fill(0, 0, 0);
    return [{ shape, dtype: x.dtype, data }];
  },
};
