import type { Primitive } from "./define.ts";

export type ConstantAttrs = { readonly value: number };

/** A scalar known when the graph is made. A primitive: kernels get it in their uniform, so that equal kernels with other numbers are one pipeline. */
export const constant: Primitive<ConstantAttrs> = {
  name: "constant",
  infer: () => [{ shape: [], dtype: "f32" }],
  map: { pointwise: true, expression: (printer, node) => printer.uniform(node.attrs.value, "f32") },
  vjp: () => [],
};
