// Memory for a plan that is run apart from any program.

import { byteLengthOf } from "../plan/memory.ts";
import type { Plan } from "../plan/plan.ts";
import type { DeviceBuffer } from "./device.ts";

/** Buffers that follow a plan's, made by `create`: for inputs that share one, it is the same. */
export function buffersFor(
  { buffers, graph }: Plan,
  create: (byteLength: number, i: number) => DeviceBuffer,
): readonly DeviceBuffer[] {
  const sizes = new Map<number, number>();
  for (const { value, home } of graph.inputs)
    if (home) {
      const end = 4 * home.offset + byteLengthOf(value);
      sizes.set(home.slab, Math.max(sizes.get(home.slab) ?? 0, end));
    }
  const shared = new Map<number, DeviceBuffer>();
  return buffers.map(({ byteLength }, i) => {
    const slab = graph.inputs[i]?.home?.slab;
    if (slab === undefined) return create(byteLength, i);
    const buffer = shared.get(slab) ?? create(sizes.get(slab) ?? byteLength, i);
    shared.set(slab, buffer);
    return buffer;
  });
}
