import { allocate } from "../core/dtype.ts";
import { storeAs } from "../graph/interpret.ts";
import type { Primitive } from "./define.ts";

const spec = { shape: [], dtype: "f32" } as const;

/** A scalar known when the graph is made. A primitive: kernels get it in their uniform, so that equal kernels with other numbers are one pipeline. */
export const constant: Primitive<{ readonly value: number }> = {
  name: "constant",
  infer: () => [spec],
  reference: (_, { value }, store) => {
    const dtype = storeAs(spec, store);
    const data = allocate(dtype, 1);
    data[0] = value;
    return [{ shape: [], dtype, data }];
  },
  map: { pointwise: true, expression: (printer, node) => printer.uniform(node.attrs.value, "f32") },
  vjp: () => [],
};
