import { allocate } from "../core/dtype.ts";
import { stridesOf } from "../core/shape.ts";
import type { TransposeAttrs } from "../ops/transpose.ts";
import type { Referenced } from "./reference.ts";

export const transpose: Referenced<TransposeAttrs> = {
  reference([x], { permutation }) {
    if (!x) return [];
    const shape = permutation.map((axis) => x.shape[axis] ?? 1);
    const strides = stridesOf(x.shape);
    const data = allocate(x.dtype, x.data.length);
    const index = shape.map(() => 0);
    for (let i = 0; i < data.length; i++) {
      data[i] =
        x.data[permutation.reduce((sum, axis, d) => sum + (index[d] ?? 0) * (strides[axis] ?? 0), 0)] ?? 0;
      for (let d = shape.length - 1; d >= 0; d--) {
        index[d] = (index[d] ?? 0) + 1;
        if ((index[d] ?? 0) < (shape[d] ?? 1)) break;
        index[d] = 0;
      }
    }
    return [{ shape, dtype: x.dtype, data }];
  },
};
