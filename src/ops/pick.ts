import { expectDType } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import { at, type NoAttrs, type Primitive } from "./define.ts";

/** One element of each row: x (…, C) by index (…) gives (…). A primitive: composed, it would read every element. */
export const pick: Primitive<NoAttrs> = {
  name: "pick",
  infer(inputs) {
    const x = at(inputs, 0);
    const index = at(inputs, 1);
    if (x.shape.length === 0 || !sameShape(x.shape.slice(0, -1), index.shape))
      throw new ShapeError(
        `pick: x is ${formatShape(x.shape)}, so the index must be ${formatShape(x.shape.slice(0, -1))}, but it is ${formatShape(index.shape)}. Pass one index a row.`,
      );
    expectDType("pick", "the index", index.dtype, "u32", "i32");
    return [{ shape: index.shape, dtype: x.dtype }];
  },
  map: {
    pointwise: false,
    lastAxis: "dropped",
    expression(printer, node) {
      const columns = printer.uniform(at(node.inputs, 0).shape.at(-1) ?? 1, "u32");
      const column = `u32(${printer.read(1, printer.index)})`;
      return printer.read(0, { expression: `(${printer.index.expression}) * ${columns} + ${column}` });
    },
  },
  vjp: ({ x, y: index, ct }, b) => [b.place(ct, index, x.shape.at(-1) ?? 1), undefined],
};
