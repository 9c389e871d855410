// Class labels as vectors of zeros with a single one.

import { expectDType } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { zeros, type HostTensor } from "../core/host_tensor.ts";
import { positiveInteger } from "../core/option.ts";

/**
 * Integer labels of any shape (...) become (..., classes) f32.
 * Throws DTypeError for labels that are not u8, i32 or u32, and ValueError for a label outside 0 … classes − 1.
 */
export function oneHot(labels: HostTensor, classes: number): HostTensor {
  expectDType("oneHot", "labels", labels.dtype, "u8", "i32", "u32");
  positiveInteger("oneHot: classes", classes);
  const bad = labels.data.findIndex((label: number) => label < 0 || label >= classes);
  if (bad >= 0)
    throw new ValueError(
      `oneHot: label ${labels.data[bad]} at ${bad} is out of range. Use 0 to ${classes - 1}, or raise classes (${classes}).`,
    );
  const out = zeros([...labels.shape, classes]);
  labels.data.forEach((label: number, i: number) => (out.data[i * classes + label] = 1));
  return out;
}
