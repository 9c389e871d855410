import { allocate } from "../core/dtype.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { broadcastStrides, sizeOf, type Shape } from "../core/shape.ts";
import { storeAs } from "../graph/interpret.ts";
import type { Value } from "../graph/op.ts";
import { at, floats, sumTo, type Primitive } from "./define.ts";
import { matmulTemplate } from "./matmul_kernel.ts";
import { dimensions, type MatmulAttrs } from "./matmul_shape.ts";

/** op(x)·op(y) over the last two axes, the others broadcast: (…,M,K)·(…,K,N) → (…,M,N). A primitive: the heart of it all. */
export const matmul: Primitive<MatmulAttrs> = {
  name: "matmul",
  infer(inputs, attrs) {
    const x = at(inputs, 0);
    const y = at(inputs, 1);
    floats("matmul", [x.dtype, y.dtype]);
    const { m, n, batch } = dimensions(x, y, attrs);
    return [{ shape: [...batch, m, n], dtype: "f32" }];
  },
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
  anchor: { rows: [0], template: matmulTemplate },
  // C = A·B: dA = ct·Bᵀ and dB = Aᵀ·ct, and the same with the transposes moved (textbook, part C).
  vjp({ node, ct }, b) {
    const x = at(node.inputs, 0);
    const y = at(node.inputs, 1);
    const { transposeX: tx, transposeY: ty } = node.attrs;
    const dx = tx ? b.matmul(y, ct, ty, true) : b.matmul(ct, y, false, !ty);
    // One matrix for the whole batch: its rows add up in one product instead of a batch of products and a sum.
    const shared = y.shape.length === 2 && x.shape.length > 2 && !tx;
    const rows = (value: Value): Value =>
      shared ? b.reshape(value, [sizeOf(value.shape.slice(0, -1)), value.shape.at(-1) ?? 1]) : value;
    const dy = ty ? b.matmul(rows(ct), rows(x), true, tx) : b.matmul(rows(x), rows(ct), !tx, false);
    return [sumTo(b, dx, x.shape), sumTo(b, dy, y.shape)];
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
