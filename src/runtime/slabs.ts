// Tensors that share a buffer: a kernel that reads and writes several of them binds it once.

import { cached } from "../core/cached.ts";
import { bytesFor } from "../core/dtype.ts";
import { isHostTensor, type HostTensor } from "../core/host_tensor.ts";
import { leavesOf, type Tree } from "../core/tree.ts";
import type { Device, DeviceBuffer } from "./device.ts";
import { DeviceTensor, uploadTree } from "./device_tensor.ts";

/** At what bytes a part of a buffer may be bound alone: what WebGPU guarantees for minStorageBufferOffsetAlignment. */
const ALIGNMENT = 256;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

interface Place {
  readonly slab: number;
  readonly byteOffset: number;
}

/** Where tensors of these bytes lie, in as few buffers of at most `most` bytes as their order allows. */
export function layOut(byteLengths: readonly number[], most: number): readonly Place[] {
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
  const buffers = new Map<number, DeviceBuffer>();
  const open = places.values();
  return uploadTree(device, tree, name, ({ shape }) => {
    const { slab, byteOffset } = open.next().value as Place;
    const buffer = cached(buffers, slab, () => device.createBuffer(sizes[slab] ?? 0, `${name} ${slab}`));
    return new DeviceTensor(device, buffer, shape, "f32", byteOffset);
  });
}
