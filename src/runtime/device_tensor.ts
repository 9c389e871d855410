// A tensor in device memory: what programs bind, and what they give back.

import { allocate, viewAs, type DType, type HostArray } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { hostTensor, type HostTensor } from "../core/host_tensor.ts";
import { formatShape, sameShape, sizeOf, type Shape } from "../core/shape.ts";
import type { Device, DeviceBuffer } from "./device.ts";

export class DeviceTensor {
  readonly device: Device;
  readonly buffer: DeviceBuffer;
  readonly shape: Shape;
  readonly dtype: DType;

  constructor(device: Device, buffer: DeviceBuffer, shape: Shape, dtype: DType) {
    this.device = device;
    this.buffer = buffer;
    this.shape = shape;
    this.dtype = dtype;
  }

  /** Copies it to JavaScript memory, once all queued work is done. */
  async read(): Promise<HostTensor> {
    const size = sizeOf(this.shape);
    const bytes = await this.device.read(this.buffer, Math.max(1, size) * 4);
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
    this.device.write(this.buffer, asDType(source.data, this.dtype));
  }

  dispose(): void {
    this.buffer.destroy();
  }
}

export const isDeviceTensor = (x: unknown): x is DeviceTensor => x instanceof DeviceTensor;

/** Copies a host tensor to the device: f32, i32, u32 and bool as they are, bytes and doubles as f32. */
export function upload(device: Device, source: HostTensor, label = "tensor"): DeviceTensor {
  const dtype: DType = source.dtype === "u8" || source.dtype === "f64" ? "f32" : source.dtype;
  const buffer = device.createBuffer(Math.max(1, source.data.length) * 4, label);
  const made = new DeviceTensor(device, buffer, source.shape, dtype);
  made.write(source);
  return made;
}

/** The data in the array type that a buffer of `dtype` takes; copied only where the type differs. */
export function asDType(data: HostArray, dtype: DType): HostArray {
  const fits =
    dtype === "f32"
      ? data instanceof Float32Array
      : dtype === "i32"
        ? data instanceof Int32Array
        : data instanceof Uint32Array;
  if (fits) return data;
  const converted = allocate(dtype, data.length);
  converted.set(data);
  return converted;
}
