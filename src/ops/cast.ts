import type { DType } from "../core/dtype.ts";
import { at, elementwise, type Primitive } from "./define.ts";

const convert: Readonly<Record<DType, (x: number) => number>> = {
  f32: (x) => x,
  i32: (x) => Math.trunc(x),
  u32: (x) => Math.max(0, Math.trunc(x)),
  bool: (x) => Number(x !== 0),
};

/** Another element type; towards zero from f32. A primitive: it cannot be composed. Gradients flow from f32 to f32 alone. */
export const cast: Primitive<{ readonly dtype: DType }> = elementwise({
  name: "cast",
  dtype: (_, __, { dtype }) => dtype,
  scalar: (x, _, __, { dtype }) => convert[dtype](x),
  wgsl: ([x], { dtype }) => (dtype === "bool" ? `select(1u, 0u, ${x} == 0)` : `${dtype}(${x})`),
  vjp: ({ node, ct }) => [at(node.inputs, 0).dtype === "f32" ? ct : undefined],
});
