// The family of softmax and log-softmax along one axis.

import { normalizeAxis } from "../core/shape.ts";
import { at, floats, type Primitive } from "./define.ts";

export type AxisAttrs = { readonly axis: number };

export interface RowOp {
  readonly name: string;
  /** One element, from x, the row's maximum and the row's Σ exp(x − maximum). */
  readonly wgsl: (x: string, maximum: string, total: string) => string;
  readonly vjp: NonNullable<Primitive<AxisAttrs>["vjp"]>;
}

export function rowOp({ name, wgsl, vjp }: RowOp): Primitive<AxisAttrs> {
  return {
    name,
    infer(inputs, { axis }) {
      const x = at(inputs, 0);
      normalizeAxis(name, axis, x.shape.length);
      return [{ shape: x.shape, dtype: floats(name, [x.dtype]) }];
    },
    rows: {
      axes: ({ attrs }) => [attrs.axis],
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
