// The device tensors that a program is bound to, checked before anything is compiled or allocated.

import { DeviceError, ShapeError, ValueError } from "../core/errors.ts";
import type { Input } from "../graph/graph.ts";
import { formatSpec } from "../graph/print.ts";
import type { Device } from "./device.ts";
import { isDeviceTensor, type DeviceTensor } from "./device_tensor.ts";

/** Throws ShapeError where one tensor cannot be bound in the place of another. */
export function expectAlike(tensor: DeviceTensor, other: DeviceTensor): void {
  const [own, given] = [formatSpec(tensor), formatSpec(other)];
  if (own !== given)
    throw new ShapeError(
      `rebound: ${given} cannot take the place of ${own}. Pass a tensor of that shape and type.`,
    );
}

/**
 * `sources` follow the inputs; what is no device tensor is no binding. Throws DeviceError for memory of another device,
 * and ValueError for state that is bound twice: it would be overwritten while the other still reads it.
 */
export function checkBound(device: Device, inputs: readonly Input[], sources: readonly unknown[]): void {
  const bound = inputs.flatMap(({ name, kind }, i) => {
    const source = sources[i];
    return isDeviceTensor(source) ? [{ name, kind, source }] : [];
  });
  const first = new Map<DeviceTensor["buffer"], Map<number, (typeof bound)[number]>>();
  for (const one of bound) {
    if (one.source.device !== device)
      throw new DeviceError(
        `compile: ${one.name} is in memory of another device. Move its data through the host.`,
      );
    const { buffer, byteOffset = 0 } = one.source;
    const inBuffer = first.get(buffer) ?? new Map<number, typeof one>();
    first.set(buffer, inBuffer);
    const before = inBuffer.get(byteOffset);
    if (before && (before.kind === "state" || one.kind === "state"))
      throw new ValueError(
        `compile: ${before.name} and ${one.name} are one tensor, and a step overwrites its state. Pass it once, or upload a copy.`,
      );
    inBuffer.set(byteOffset, before ?? one);
  }
}
