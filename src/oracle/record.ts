import { allocate } from "../core/dtype.ts";
import type { NoAttrs } from "../ops/define.ts";
import type { Referenced } from "./reference.ts";

export const record: Referenced<NoAttrs> = {
  reference([ring, step, ...metrics]) {
    if (!ring || !step) return [];
    const data = allocate(ring.dtype, ring.data.length);
    data.set(ring.data);
    const row = (step.data[0] ?? 0) % (ring.shape[0] ?? 1);
    metrics.forEach((metric, i) => (data[row * metrics.length + i] = metric.data[0] ?? NaN));
    const next = allocate(step.dtype, 1);
    next[0] = (step.data[0] ?? 0) + 1;
    return [
      { ...ring, data },
      { ...step, data: next },
    ];
  },
};
