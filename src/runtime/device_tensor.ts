// A tensor in device memory: what programs bind, and what they give back.

import { allocate, bytesFor, holds, viewAs, type DType, type HostArray } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { hostTensor, isHostTensor, type HostTensor } from "../core/host_tensor.ts";
import { formatShape, sameShape, sizeOf, type Shape } from "../core/shape.ts";
import { mapTree, type Tree } from "../core/tree.ts";
import type { Device, DeviceBuffer } from "./device.ts";

export class DeviceTensor {
  readonly device: Device;
  readonly buffer: DeviceBuffer;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Where it lies in a buffer that it shares with others; undefined where it has one of its own. */
  readonly byteOffset: number | undefined;

  constructor(device: Device, buffer: DeviceBuffer, shape: Shape, dtype: DType, byteOffset?: number) {
    this.device = device;
    this.buffer = buffer;
    this.shape = shape;
    this.dtype = dtype;
    this.byteOffset = byteOffset;
  }

  /** Copies it to JavaScript memory, once all queued work is done. */
  async read(): Promise<HostTensor> {
    const size = sizeOf(this.shape);
    const bytes = await this.device.read(this.buffer, bytesFor(this.dtype, size), this.byteOffset);
    return hostTensor(viewAs(this.dtype, bytes).subarray(0, size), this.shape, this.dtype);
  }

  /** The only element. Throws ShapeError where there are more. */
  async item(): Promise<number> {
    if (sizeOf(this.shape) !== 1)
      throw new ShapeError(`item: the tensor is ${formatShape(this.shape)}. Use read().`);
    return (await this.read()).data[0] ?? NaN;
  }

  /** Replaces its contents. Throws ShapeError where the shapes differ. */
  write(source: HostTensor): void {
    if (!sameShape(source.shape, this.shape))
      throw new ShapeError(
        `write: the tensor is ${formatShape(this.shape)}, the data ${formatShape(source.shape)}. Reshape the data.`,
      );
    this.device.write(this.buffer, asDType(source.data, this.dtype), this.byteOffset);
  }

  /** Frees its memory, and with it that of all that share its buffer. */
  dispose(): void {
    this.buffer.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

export const isDeviceTensor = (x: unknown): x is DeviceTensor => x instanceof DeviceTensor;

/** Copies a host tensor to the device as it is, but doubles as f32. */
export function upload(device: Device, source: HostTensor, label = "tensor"): DeviceTensor {
  const made = alone(device, source, label);
  made.write(source);
  return made;
}

/** A tensor like `source` in a buffer of its own. */
function alone(device: Device, { data, shape, dtype: found }: HostTensor, label: string): DeviceTensor {
  const dtype: DType = found === "f64" ? "f32" : found;
  return new DeviceTensor(device, device.createBuffer(bytesFor(dtype, data.length), label), shape, dtype);
}

/** Uploads all tensors of a tree to where `place` has room for each, or none where one fails. */
export function uploadTree(
  device: Device,
  tree: Tree<HostTensor>,
  name = "",
  place: (leaf: HostTensor, path: string) => DeviceTensor = (leaf, path) => alone(device, leaf, path),
): Tree<DeviceTensor> {
  const made: DeviceTensor[] = [];
  const uploaded = (leaf: HostTensor, path: string): DeviceTensor => {
    const tensor = place(leaf, path);
    made.push(tensor);
    tensor.write(leaf);
    return tensor;
  };
  try {
    return mapTree(tree, isHostTensor, uploaded, name);
  } catch (error) {
    for (const tensor of made) tensor.dispose();
    throw error;
  }
}

/** The data in the array type that a buffer of `dtype` takes, in whole words; copied only where it is not so already. */
export function asDType(data: HostArray, dtype: DType): HostArray {
  if (holds(data, dtype) && data.byteLength % 4 === 0) return data;
  const converted = allocate(dtype, dtype === "u8" ? bytesFor(dtype, data.length) : data.length);
  converted.set(data);
  return converted;
}
