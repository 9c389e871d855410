import { ShapeError } from "../core/errors.ts";
import { broadcastShapes, checkShape, formatShape, sameShape } from "../core/shape.ts";
import { at, sumTo, type Primitive } from "./define.ts";

export type BroadcastAttrs = { readonly shape: readonly number[] };

/** x repeated to a larger shape, by NumPy's rule. A primitive: it closes the set under the vjp of sum. */
export const broadcast: Primitive<BroadcastAttrs> = {
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
  map: { pointwise: true, expression: (printer) => printer.value(0) },
  vjp: ({ x, ct }, b) => [sumTo(b, ct, x.shape)],
};
