import { allocate, type HostDType } from "../core/dtype.ts";
import { cast as op, type CastAttrs } from "../ops/cast.ts";
import { at } from "../ops/define.ts";
import { elementwise } from "./elementwise.ts";
import type { Referenced } from "./reference.ts";

const isWhole = (dtype: HostDType): dtype is "i32" | "u32" | "bool" =>
  dtype === "i32" || dtype === "u32" || dtype === "bool";

const byNumber = elementwise(op);

export const cast: Referenced<CastAttrs> = {
  reference(inputs, attrs, store) {
    const x = at(inputs, 0);
    const { dtype } = attrs;
    if (!isWhole(x.dtype) || (dtype !== "i32" && dtype !== "u32"))
      return byNumber.reference(inputs, attrs, store);
    // The array keeps the low 32 bits.
    const data = allocate(dtype, x.data.length);
    data.set(x.data);
    return [{ shape: x.shape, dtype, data }];
  },
};
