// Memory on a WebGPU device.

import { DeviceError } from "../../core/errors.ts";
import { expectKept, type DeviceBuffer } from "../device.ts";

export class GpuBuffer implements DeviceBuffer {
  readonly buffer: GPUBuffer;
  readonly byteLength: number;
  destroyed = false;

  constructor(buffer: GPUBuffer, byteLength: number) {
    this.buffer = buffer;
    this.byteLength = byteLength;
  }

  get label(): string {
    return this.buffer.label;
  }

  destroy(): void {
    this.destroyed = true;
    this.buffer.destroy();
  }
}

export const gpuBufferOf = (buffer: DeviceBuffer | undefined): GPUBuffer => {
  if (buffer instanceof GpuBuffer) {
    expectKept(buffer);
    return buffer.buffer;
  }
  throw new DeviceError("webgpu: a buffer of another device was passed. Move its data through the host.");
};
