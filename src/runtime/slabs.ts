// Tensors that share a buffer: a kernel that reads and writes several of them binds it once.

import { bytesFor } from "../core/dtype.ts";
import { isHostTensor, type HostTensor } from "../core/host_tensor.ts";
import { DeviceError } from "../core/errors.ts";
import { leavesOf, mapTree, type Tree } from "../core/tree.ts";
import type { Plan } from "../plan/plan.ts";
import { byteLengthOf } from "../plan/memory.ts";
import type { Device, DeviceBuffer } from "./device.ts";
import { DeviceTensor } from "./device_tensor.ts";

/** At what bytes a part of a buffer may be bound alone: what WebGPU guarantees for minStorageBufferOffsetAlignment. */
const ALIGNMENT = 256;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Where tensors of these bytes lie, in as few buffers of at most `most` bytes as their order allows. */
export function layOut(
  byteLengths: readonly number[],
  most: number,
): { readonly slab: number; readonly byteOffset: number }[] {
  let slab = 0;
  let size = 0;
  return byteLengths.map((bytes) => {
    let byteOffset = aligned(size);
    if (byteOffset > 0 && byteOffset + bytes > most) [slab, byteOffset] = [slab + 1, 0];
    size = byteOffset + bytes;
    return { slab, byteOffset };
  });
}

/** Uploads the tensors of a tree, all f32, into as few buffers as the device's limits allow; or none where one fails. */
export function uploadShared(device: Device, tree: Tree<HostTensor>, name: string): Tree<DeviceTensor> {
  const { maxBufferSize, maxStorageBufferBindingSize } = device.profile.limits;
  const bytes = leavesOf<HostTensor>(tree, isHostTensor).map(({ leaf }) => bytesFor("f32", leaf.data.length));
  const places = layOut(bytes, Math.min(maxBufferSize, maxStorageBufferBindingSize));
  const sizes: number[] = [];
  places.forEach(({ slab, byteOffset }, i) => (sizes[slab] = byteOffset + (bytes[i] ?? 0)));
  const buffers: DeviceBuffer[] = [];
  try {
    for (const [i, size] of sizes.entries()) buffers.push(device.createBuffer(size, `${name} ${i}`));
    let next = 0;
    return mapTree<HostTensor, DeviceTensor>(tree, isHostTensor, (leaf) => {
      const { slab = 0, byteOffset } = places[next++] ?? {};
      const buffer = buffers[slab];
      if (!buffer) throw new DeviceError(`${name}: a tensor without a buffer.`);
      const tensor = new DeviceTensor(device, buffer, leaf.shape, "f32", byteOffset);
      tensor.write(leaf);
      return tensor;
    });
  } catch (error) {
    for (const buffer of buffers) buffer.destroy();
    throw error;
  }
}

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
