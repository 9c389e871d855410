// WebGPU, watched.

import type { Api } from "./api.ts";
import { replaceMethod } from "./hook.ts";
import { freed, hold, type MemoryMeter } from "./memory.ts";

export const webgpu: Api = {
  calls: () => ({
    dispatches: [GPUComputePassEncoder.prototype, "dispatchWorkgroups"],
    passes: [GPUCommandEncoder.prototype, "beginComputePass"],
    submits: [GPUQueue.prototype, "submit"],
    writes: [GPUQueue.prototype, "writeBuffer"],
    buffers: [GPUDevice.prototype, "createBuffer"],
    bindGroups: [GPUDevice.prototype, "createBindGroup"],
  }),
  empty: () => [0],
  charge(meter: MemoryMeter) {
    watchDestroy();
    return replaceMethod(GPUDevice.prototype, "createBuffer", (method) => {
      return function (...args) {
        const buffer = method.apply(this, args) as { readonly size: number };
        hold(meter, buffer, buffer.size);
        return buffer;
      };
    });
  },
};

let watched: object | undefined;

/** Once for each class, and for good: a buffer may be destroyed at any time. */
function watchDestroy(): void {
  if (watched === GPUBuffer.prototype) return;
  watched = GPUBuffer.prototype;
  replaceMethod(GPUBuffer.prototype, "destroy", (method) => {
    return function (...args) {
      freed(this as object);
      return method.apply(this, args);
    };
  });
}
