import { expectDType } from "../core/dtype.ts";
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import { at, type Primitive } from "./define.ts";

export type GatherAttrs = { readonly scale?: number };

/**
 * Rows of x (N, …) by index, of any shape: (B, …) for rows (B), (B, T, …) for rows (B, T). Bytes become f32, times
 * `scale`. A primitive: it cannot be composed. Matmul reads its rows without it being made, so that a batch is a list of
 * row numbers. Out-of-range indices are the caller's to check; they read some row.
 */
export const gather: Primitive<GatherAttrs> = {
  name: "gather",
  infer(inputs, { scale = 1 }) {
    const x = at(inputs, 0);
    const rows = at(inputs, 1);
    if (x.shape.length === 0)
      throw new ShapeError(`gather: x is a scalar ${formatShape(x.shape)}. It needs an axis of rows.`);
    expectDType("gather", "rows", rows.dtype, "u32", "i32");
    if (scale !== 1 && x.dtype !== "u8")
      throw new DTypeError(
        `gather: x is ${x.dtype}, and only bytes are scaled as they are read. Multiply the rows.`,
      );
    const shape = [...rows.shape, ...x.shape.slice(1)];
    return [{ shape, dtype: x.dtype === "u8" ? "f32" : x.dtype }];
  },
  map: {
    pointwise: false,
    expression(printer, node) {
      const width = sizeOf(at(node.inputs, 0).shape.slice(1));
      const [row, column] = printer.divide(printer.index, width);
      const picked = `u32(${printer.read(1, row)})`;
      const element =
        width === 1 ? picked : `${picked} * ${printer.uniform(width, "u32")} + ${column.expression}`;
      const read = printer.read(0, { expression: element });
      if (at(node.inputs, 0).dtype !== "u8") return read;
      const { scale = 1 } = node.attrs;
      return scale === 1 ? `f32(${read})` : `f32(${read}) * ${printer.uniform(scale, "f32")}`;
    },
  },
  // dx = Pᵀ·ct with P (B, N) the one-hot rows: repeated rows add up, in a fixed order.
  vjp({ x, y: rows, ct }, b) {
    const count = sizeOf(rows.shape);
    const [total = 0] = x.shape;
    const picks = b.place(b.broadcast(b.constant(1), [count]), b.reshape(rows, [count]), total);
    const flat = b.reshape(ct, [count, sizeOf(x.shape.slice(1))]);
    return [b.reshape(b.matmul(picks, flat, true, false), x.shape), undefined];
  },
};
