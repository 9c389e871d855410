import { allocate } from "../core/dtype.ts";
import type { PlaceAttrs } from "../ops/place.ts";
import type { Referenced } from "./reference.ts";

export const place: Referenced<PlaceAttrs> = {
  reference([x, index], { columns }) {
    if (!x || !index) return [];
    const data = allocate(x.dtype, x.data.length * columns);
    index.data.forEach((column: number, row: number) => {
      if (column >= 0 && column < columns) data[row * columns + column] = x.data[row] ?? NaN;
    });
    return [{ shape: [...x.shape, columns], dtype: x.dtype, data }];
  },
};
