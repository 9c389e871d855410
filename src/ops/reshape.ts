import { ShapeError } from "../core/errors.ts";
import { checkShape, formatShape, sizeOf } from "../core/shape.ts";
import { at, type Primitive } from "./define.ts";

/** The same elements in the same order under another shape. A primitive: it costs nothing, its output is its input's buffer. */
export const reshape: Primitive<{ readonly shape: readonly number[] }> = {
  name: "reshape",
  alias: true,
  infer(inputs, { shape }) {
    const x = at(inputs, 0);
    checkShape("reshape", shape);
    if (sizeOf(shape) !== sizeOf(x.shape))
      throw new ShapeError(
        `reshape: ${formatShape(x.shape)} has ${sizeOf(x.shape)} elements, ${formatShape(shape)} has ${sizeOf(shape)}. Make them equal.`,
      );
    return [{ shape, dtype: x.dtype }];
  },
  vjp: ({ x, ct }, b) => [b.reshape(ct, x.shape)],
};
