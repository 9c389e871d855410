import type { Primitive } from "./define.ts";
import { reduction, type ReduceAttrs } from "./reduce.ts";
import { reduceShape } from "../core/shape.ts";

/** Sum over axes. A primitive: it cannot be composed. */
export const sum: Primitive<ReduceAttrs> = reduction({
  name: "sum",
  identity: 0,
  wgsl: (total, value) => `${total} + ${value}`,
  vjp: ({ x: { shape }, attrs, ct }, b) => [
    b.broadcast(b.reshape(ct, reduceShape(shape, attrs.axes, true)), shape),
  ],
});
