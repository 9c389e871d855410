import { DTypeError } from "../core/errors.ts";
import { elementwise, numeric, sumTo, type NoAttrs, type Primitive } from "./define.ts";

/** condition ? x : y, broadcast. A primitive: masking by products would turn 0·∞ into NaN. */
export const where: Primitive<NoAttrs> = elementwise({
  name: "where",
  dtype: (name, [condition, ...branches]) => {
    if (condition !== "bool")
      throw new DTypeError(
        `${name}: the condition must be bool, but it is ${condition}. Make it with a comparison.`,
      );
    return numeric(name, branches);
  },
  scalar: (condition, x, y) => (condition !== 0 ? x : y),
  wgsl: ([condition, x, y]) => `select(${y}, ${x}, ${condition} != 0u)`,
  vjp: ({ x: condition, y, z, ct }, b) => {
    const zero = b.constant(0);
    return [
      undefined,
      sumTo(b, b.where(condition, ct, zero), y.shape),
      sumTo(b, b.where(condition, zero, ct), z.shape),
    ];
  },
});
