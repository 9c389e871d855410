import type { Primitive } from "./define.ts";
import { extremumVjp } from "./extremum.ts";
import { reduction, type ReduceAttrs } from "./reduce.ts";

/** Minimum over axes. A primitive: through max it would negate twice. */
export const min: Primitive<ReduceAttrs> = reduction({
  name: "min",
  wgsl: (total, value) => `min(${total}, ${value})`,
  vjp: extremumVjp,
});
