import type { ComputedDType } from "../core/dtype.ts";
import { elementwise, type Primitive } from "./define.ts";

export type CastAttrs = { readonly dtype: ComputedDType };

/** WGSL clamps a float to the ends of the whole type's range that f32 holds. */
const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, Math.trunc(x)));

const convert: Readonly<Record<ComputedDType, (x: number) => number>> = {
  f32: (x) => x,
  i32: (x) => clamp(x, -(2 ** 31), 2 ** 31 - 128),
  u32: (x) => clamp(x, 0, 2 ** 32 - 256),
  bool: (x) => Number(x !== 0),
};

/**
 * Another element type: from f32 towards zero and no further than the type reaches, between i32 and u32 the same 32 bits.
 * A primitive: it cannot be composed. Gradients flow from f32 to f32 alone.
 */
export const cast: Primitive<CastAttrs> = elementwise({
  name: "cast",
  dtype: (_, __, { dtype }) => dtype,
  scalar: (x, _, __, { dtype }) => convert[dtype](x),
  wgsl: ([x], { dtype }) => (dtype === "bool" ? `select(1u, 0u, ${x} == 0)` : `${dtype}(${x})`),
  vjp: ({ x, ct }) => [x.dtype === "f32" ? ct : undefined],
});
