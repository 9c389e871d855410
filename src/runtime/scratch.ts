// Zeroed memory for a plan that is run to be timed, so that nothing of the user's changes.

import type { Plan } from "../plan/plan.ts";
import type { Device, DeviceBuffer } from "./device.ts";

/** Buffers that follow the plan's; those that no dispatch binds are one, of a word. */
export function scratchFor(device: Device, { buffers, dispatches, place }: Plan): readonly DeviceBuffer[] {
  const bound = dispatches.flatMap(({ kernel }) => kernel.bindings.map(({ value }) => place.get(value.id)));
  const used = new Set(bound);
  const unused = used.size < buffers.length ? device.createBuffer(4, "unused") : undefined;
  return buffers.map(({ name, byteLength }, i) =>
    unused && !used.has(i) ? unused : device.createBuffer(byteLength, `scratch ${name}`),
  );
}
