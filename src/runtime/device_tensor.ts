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
  const dtype: DType = source.dtype === "f64" ? "f32" : source.dtype;
  const buffer = device.createBuffer(bytesFor(dtype, source.data.length), label);
  const made = new DeviceTensor(device, buffer, source.shape, dtype);
  made.write(source);
  return made;
}

/** Uploads all tensors of a tree, or none where one fails. */
export function uploadTree(device: Device, tree: Tree<HostTensor>, name = ""): Tree<DeviceTensor> {
  const made: DeviceTensor[] = [];
  try {
    return mapTree<HostTensor, DeviceTensor>(
      tree,
      isHostTensor,
      (leaf, path) => {
        const tensor = upload(device, leaf, path);
        made.push(tensor);
        return tensor;
      },
      name,
    );
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
