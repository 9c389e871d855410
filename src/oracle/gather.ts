import { allocate } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import type { GatherAttrs } from "../ops/gather.ts";
import type { Referenced } from "./reference.ts";

export const gather: Referenced<GatherAttrs> = {
  reference([x, rows], { scale = 1 }, store) {
    if (!x || !rows) return [];
    const width = sizeOf(x.shape.slice(1));
    const dtype = x.dtype === "u8" ? store : x.dtype;
    const data = allocate(dtype, rows.data.length * width);
    for (let i = 0; i < rows.data.length; i++) {
      const row = rows.data[i] ?? 0;
      data.set(x.data.subarray(row * width, (row + 1) * width), i * width);
    }
    if (scale !== 1) for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? NaN) * scale;
    return [{ shape: [...rows.shape, ...x.shape.slice(1)], dtype, data }];
  },
};
