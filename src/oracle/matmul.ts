import { allocate } from "../core/dtype.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { broadcastStrides, sizeOf, type Shape } from "../core/shape.ts";
import { dimensions, type MatmulAttrs } from "../ops/matmul_shape.ts";
import { storeAs, type Referenced } from "./reference.ts";

export const matmul: Referenced<MatmulAttrs> = {
  reference([x, y], attrs, store) {
    if (!x || !y) return [];
    const { m, n, k, batch } = dimensions(x, y, attrs);
    const out = { shape: [...batch, m, n], dtype: "f32" } as const;
    const dtype = storeAs(out, store);
    const data = allocate(dtype, sizeOf(out.shape));
    const xStarts = batchStarts(x, batch);
    const yStarts = batchStarts(y, batch);
    const [xRow, xDepth] = attrs.transposeX ? [1, m] : [k, 1];
    const [yDepth, yColumn] = attrs.transposeY ? [1, k] : [n, 1];
    const sums = new Float64Array(n);
    for (let b = 0; b < xStarts.length; b++)
      for (let i = 0; i < m; i++) {
        sums.fill(0);
        for (let p = 0; p < k; p++) {
          const left = x.data[(xStarts[b] ?? 0) + i * xRow + p * xDepth] ?? NaN;
          const start = (yStarts[b] ?? 0) + p * yDepth;
          for (let j = 0; j < n; j++) sums[j] = (sums[j] ?? 0) + left * (y.data[start + j * yColumn] ?? NaN);
        }
        data.set(sums, (b * m + i) * n);
      }
    return [{ shape: out.shape, dtype, data }];
  },
};

/** Element numbers at which the matrices of a batch start in `input`. */
function batchStarts(input: HostTensor, batch: Shape): number[] {
  const matrix = sizeOf(input.shape.slice(-2));
  const strides = broadcastStrides(input.shape.slice(0, -2), batch);
  return Array.from({ length: sizeOf(batch) }, (_, i) => {
    let rest = i;
    let start = 0;
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const dim = batch[axis] ?? 1;
      start += (rest % dim) * (strides[axis] ?? 0);
      rest = Math.floor(rest / dim);
    }
    return start * matrix;
  });
}
