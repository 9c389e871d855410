// Zeroed memory for a plan that is run to be timed, so that nothing of the user's changes.

import type { Plan } from "../plan/plan.ts";
import type { Device, DeviceBuffer } from "./device.ts";
import { buffersFor } from "./plan_buffers.ts";

/** Buffers that follow the plan's; those that no dispatch binds are one, of a word. */
export function scratchFor(device: Device, plan: Plan): readonly DeviceBuffer[] {
  const { buffers, dispatches, place } = plan;
  const bound = dispatches.flatMap(({ kernel }) => kernel.bindings.map(({ value }) => place.get(value.id)));
  const used = new Set(bound);
  const unused = used.size < buffers.length ? device.createBuffer(4, "unused") : undefined;
  return buffersFor(plan, (byteLength, i) =>
    unused && !used.has(i) && !plan.graph.inputs[i]?.home
      ? unused
      : device.createBuffer(byteLength, `scratch ${buffers[i]?.name}`),
  );
}
