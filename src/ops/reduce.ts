// The family of reductions over axes.

import { allocate } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { formatShape, normalizeAxes, reduceShape, sizeOf, stridesOf } from "../core/shape.ts";
import { storeAs } from "../graph/interpret.ts";
import { at, floats, type Primitive } from "./define.ts";

export type ReduceAttrs = { readonly axes: readonly number[]; readonly keepDims: boolean };

export interface Reduction {
  readonly name: string;
  /** The value of an empty reduction; without one an empty axis is refused. */
  readonly identity?: number;
  readonly combine: (x: number, y: number) => number;
  /** WGSL that combines a total with a value. */
  readonly wgsl: (total: string, value: string) => string;
  readonly vjp: NonNullable<Primitive<ReduceAttrs>["vjp"]>;
}

export function reduction({ name, identity, combine, wgsl, vjp }: Reduction): Primitive<ReduceAttrs> {
  return {
    name,
    infer(inputs, { axes, keepDims }) {
      const x = at(inputs, 0);
      const reduced = normalizeAxes(name, axes, x.shape.length);
      const dtype = floats(name, [x.dtype]);
      const shape = reduceShape(x.shape, reduced, keepDims);
      if (identity === undefined && sizeOf(x.shape) === 0 && sizeOf(shape) > 0)
        throw new ShapeError(
          `${name}: x is ${formatShape(x.shape)}, and an empty axis has no ${name}. Reduce another axis.`,
        );
      return [{ shape, dtype }];
    },
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
    rows: {
      axes: ({ inputs, attrs }) => normalizeAxes(name, attrs.axes, at(inputs, 0).shape.length),
      totals: [{ combine: wgsl, ...(identity === undefined ? {} : { identity }) }],
    },
    vjp,
  };
}
