import { DTypeError } from "../core/errors.ts";
import { elementwise, numeric, type NoAttrs, type Primitive } from "./define.ts";

/** −x. A primitive: 0 − x has another sign of zero. */
export const neg: Primitive<NoAttrs> = elementwise({
  name: "neg",
  dtype: (name, inputs) => {
    if (inputs[0] === "u32")
      throw new DTypeError(`${name}: x is u32, which holds nothing below 0. Cast it to i32 or f32 first.`);
    return numeric(name, inputs);
  },
  scalar: (x) => -x,
  wgsl: ([x]) => `-${x}`,
  vjp: ({ ct }, b) => [b.neg(ct)],
});
