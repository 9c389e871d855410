// As much of WebGPU's classes as the benchmark puts hooks on; they compute nothing.

import { vi } from "vitest";

export class FakeBuffer {
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
  destroy(): void {}
}

export class FakeDevice {
  createBuffer({ size }: { size: number }): FakeBuffer {
    return new FakeBuffer(size);
  }
  createBindGroup(): void {}
}

export class FakePass {
  readonly grids: number[][] = [];
  dispatchWorkgroups(...grid: number[]): void {
    this.grids.push(grid);
  }
}

export class FakeEncoder {
  beginComputePass(): FakePass {
    return new FakePass();
  }
}

export class FakeQueue {
  submit(): void {}
  writeBuffer(): void {}
}

/** Makes them the global classes, for the next test: the runner restores what was there. */
export function useFakeGpu(): void {
  vi.stubGlobal("GPUBuffer", FakeBuffer);
  vi.stubGlobal("GPUDevice", FakeDevice);
  vi.stubGlobal("GPUComputePassEncoder", FakePass);
  vi.stubGlobal("GPUCommandEncoder", FakeEncoder);
  vi.stubGlobal("GPUQueue", FakeQueue);
}
