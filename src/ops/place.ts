import { expectDType } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { checkShape, formatShape, sameShape } from "../core/shape.ts";
import { at, type Primitive } from "./define.ts";

export type PlaceAttrs = { readonly columns: number };

/** Rows of zeros with x (…) at an index (…): (…, columns). A primitive: pick's transpose, so it closes the set; of ones, it is one-hot. */
export const place: Primitive<PlaceAttrs> = {
  name: "place",
  infer(inputs, { columns }) {
    const x = at(inputs, 0);
    const index = at(inputs, 1);
    if (!sameShape(x.shape, index.shape))
      throw new ShapeError(
        `place: x is ${formatShape(x.shape)} but the index is ${formatShape(index.shape)}. Give both one shape.`,
      );
    expectDType("place", "the index", index.dtype, "u32", "i32");
    checkShape("place", [...x.shape, columns]);
    return [{ shape: [...x.shape, columns], dtype: x.dtype }];
  },
  map: {
    pointwise: false,
    lastAxis: "added",
    expression(printer, node) {
      const [row, column] = printer.divide(printer.index, node.attrs.columns);
      const zero = node.outputs[0]?.dtype === "f32" ? "0.0" : node.outputs[0]?.dtype === "i32" ? "0i" : "0u";
      return `select(${zero}, ${printer.read(0, row)}, u32(${printer.read(1, row)}) == ${column.expression})`;
    },
  },
  vjp: ({ y: index, ct }, b) => [b.pick(ct, index), undefined],
};
