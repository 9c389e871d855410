import { ShapeError } from "../core/errors.ts";
import { formatShape, stridesOf } from "../core/shape.ts";
import { at, type Primitive } from "./define.ts";

export type TransposeAttrs = { readonly permutation: readonly number[] };

/** Axis i of the output is axis permutation[i] of x. A primitive: it cannot be composed. Matmul absorbs one of its last two axes. */
export const transpose: Primitive<TransposeAttrs> = {
  name: "transpose",
  infer(inputs, { permutation }) {
    const x = at(inputs, 0);
    const sorted = [...permutation].sort((p, q) => p - q);
    if (permutation.length !== x.shape.length || sorted.some((axis, i) => axis !== i))
      throw new ShapeError(
        `transpose: permutation ${formatShape(permutation)} of ${formatShape(x.shape)} must name each of its ${x.shape.length} axes once. Correct it.`,
      );
    return [{ shape: permutation.map((axis) => x.shape[axis] ?? 1), dtype: x.dtype }];
  },
  map: {
    pointwise: false,
    expression(printer, node) {
      const strides = stridesOf(at(node.inputs, 0).shape);
      const { shape } = at(node.outputs, 0);
      const terms: string[] = [];
      let rest = printer.index;
      for (let d = shape.length - 1; d >= 0; d--) {
        const [outer, inner] = printer.divide(rest, shape[d] ?? 1);
        const stride = printer.uniform(strides[node.attrs.permutation[d] ?? 0] ?? 1, "u32");
        terms.push(`${inner.expression} * ${stride}`);
        rest = outer;
      }
      return printer.read(0, { expression: terms.join(" + ") || "0u" });
    },
  },
  vjp({ attrs: { permutation }, ct }, b) {
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    return [b.transpose(ct, inverse)];
  },
};
