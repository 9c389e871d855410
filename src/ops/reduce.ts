// The family of reductions over axes.

import { ShapeError } from "../core/errors.ts";
import { formatShape, normalizeAxes, reduceShape, sizeOf } from "../core/shape.ts";
import { at, floats, type Primitive } from "./define.ts";

export type ReduceAttrs = { readonly axes: readonly number[]; readonly keepDims: boolean };

export interface Reduction {
  readonly name: string;
  /** The value of an empty reduction; without one an empty axis is refused. */
  readonly identity?: number;
  /** WGSL that combines a total with a value. */
  readonly wgsl: (total: string, value: string) => string;
  readonly vjp: NonNullable<Primitive<ReduceAttrs>["vjp"]>;
}

export function reduction({ name, identity, wgsl, vjp }: Reduction): Primitive<ReduceAttrs> {
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
    rows: {
      axes: ({ attrs }) => attrs.axes,
      totals: [{ combine: wgsl, identity }],
    },
    vjp,
  };
}
