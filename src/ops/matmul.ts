import { sizeOf } from "../core/shape.ts";
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
  anchor: { rows: [0], template: matmulTemplate },
  // C = A·B: dA = ct·Bᵀ and dB = Aᵀ·ct, and the same with the transposes moved (textbook, part C).
  vjp({ x, y, attrs: { transposeX: tx, transposeY: ty }, ct }, b) {
    const dx = tx ? b.matmul(y, ct, ty, true) : b.matmul(ct, y, false, !ty);
    // One matrix for the whole batch: its rows add up in one product instead of a batch of products and a sum.
    const shared = y.shape.length === 2 && x.shape.length > 2 && !tx;
    const rows = (value: Value): Value =>
      shared ? b.reshape(value, [sizeOf(value.shape.slice(0, -1)), value.shape.at(-1) ?? 1]) : value;
    const dy = ty ? b.matmul(rows(ct), rows(x), true, tx) : b.matmul(rows(x), rows(ct), !tx, false);
    return [sumTo(b, dx, x.shape), sumTo(b, dy, y.shape)];
  },
};
