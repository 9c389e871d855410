// The device tensors that a program is bound to, checked before anything is compiled or allocated.

import { DeviceError, ValueError } from "../core/errors.ts";
import type { Input } from "../graph/graph.ts";
import type { Device } from "./device.ts";
import { isDeviceTensor, type DeviceTensor } from "./device_tensor.ts";

/**
 * `sources` follow the inputs; what is no device tensor is no binding. Throws DeviceError for memory of another device,
 * and ValueError for state that is bound twice: it would be overwritten while the other still reads it.
 */
export function checkBound(device: Device, inputs: readonly Input[], sources: readonly unknown[]): void {
  const bound = inputs.flatMap(({ name, kind }, i) => {
    const source = sources[i];
    return isDeviceTensor(source) ? [{ name, kind, source }] : [];
  });
  const first = new Map<DeviceTensor["buffer"], (typeof bound)[number]>();
  for (const one of bound) {
    if (one.source.device !== device)
      throw new DeviceError(
        `compile: ${one.name} is in memory of another device. Move its data through the host.`,
      );
    const before = first.get(one.source.buffer);
    if (before && (before.kind === "state" || one.kind === "state"))
      throw new ValueError(
        `compile: ${before.name} and ${one.name} are one tensor, and a step overwrites its state. Pass it once, or upload a copy.`,
      );
    first.set(one.source.buffer, before ?? one);
  }
}
