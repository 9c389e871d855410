import { allocate } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import {
  broadcastShapes,
  checkShape,
  broadcastStrides,
  formatShape,
  sameShape,
  sizeOf,
} from "../core/shape.ts";
import { at, sumTo, type Primitive } from "./define.ts";

/** x repeated to a larger shape, by NumPy's rule. A primitive: it closes the set under the vjp of sum. */
export const broadcast: Primitive<{ readonly shape: readonly number[] }> = {
  name: "broadcast",
  infer(inputs, { shape }) {
    const x = at(inputs, 0);
    checkShape("broadcast", shape);
    if (!sameShape(broadcastShapes("broadcast", x.shape, shape), shape))
      throw new ShapeError(
        `broadcast: ${formatShape(x.shape)} does not fit into ${formatShape(shape)}. Enlarge the target.`,
      );
    return [{ shape, dtype: x.dtype }];
  },
  reference([x], { shape }) {
    if (!x) return [];
    const data = allocate(x.dtype, sizeOf(shape));
    const strides = broadcastStrides(x.shape, shape);
    const fill = (axis: number, from: number, to: number): number => {
      if (axis === shape.length) {
        data[to] = x.data[from] ?? 0;
        return to + 1;
      }
      for (let i = 0; i < (shape[axis] ?? 1); i++) to = fill(axis + 1, from + i * (strides[axis] ?? 0), to);
      return to;
    };
    if (data.length) fill(0, 0, 0);
    return [{ shape, dtype: x.dtype, data }];
  },
  map: { pointwise: true, expression: (printer) => printer.value(0) },
  vjp: ({ node, ct }, b) => [sumTo(b, ct, at(node.inputs, 0).shape)],
};
