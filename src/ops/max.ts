import type { Primitive } from "./define.ts";
import { extremumVjp } from "./extremum.ts";
import { reduction, type ReduceAttrs } from "./reduce.ts";

/** Maximum over axes. A primitive: it cannot be composed. */
export const max: Primitive<ReduceAttrs> = reduction({
  name: "max",
  wgsl: (total, value) => `max(${total}, ${value})`,
  vjp: extremumVjp,
});
