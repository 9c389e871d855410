// The family of softmax and log-softmax along one axis.

import { allocate } from "../core/dtype.ts";
import { normalizeAxis, sizeOf, type Shape } from "../core/shape.ts";
import { storeAs } from "../graph/interpret.ts";
import { at, floats, type Primitive } from "./define.ts";

export type AxisAttrs = { readonly axis: number };

export interface RowOp {
  readonly name: string;
  /** One element, from x, the row's maximum and the row's Σ exp(x − maximum). */
  readonly scalar: (x: number, maximum: number, total: number) => number;
  readonly wgsl: (x: string, maximum: string, total: string) => string;
  readonly vjp: NonNullable<Primitive<AxisAttrs>["vjp"]>;
}

export function rowOp({ name, scalar, wgsl, vjp }: RowOp): Primitive<AxisAttrs> {
  return {
    name,
    infer(inputs, { axis }) {
      const x = at(inputs, 0);
      normalizeAxis(name, axis, x.shape.length);
      return [{ shape: x.shape, dtype: floats(name, [x.dtype]) }];
    },
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
    rows: {
      axes: ({ inputs, attrs }) => [normalizeAxis(name, attrs.axis, at(inputs, 0).shape.length)],
      totals: [
        { combine: (maximum, x) => `max(${maximum}, ${x})` },
        {
          of: (x, totals) => `exp(${x} - ${at(totals, 0)})`,
          combine: (total, e) => `${total} + ${e}`,
          identity: 0,
        },
      ],
      element: (x, totals) => wgsl(x, at(totals, 0), at(totals, 1)),
    },
    vjp,
  };
}

function rowsAlong(shape: Shape, axis: number): { outer: number; length: number; inner: number } {
  const at = normalizeAxis("softmax", axis, shape.length);
  return { outer: sizeOf(shape.slice(0, at)), length: shape[at] ?? 1, inner: sizeOf(shape.slice(at + 1)) };
}
