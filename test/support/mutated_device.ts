// A WebGPU device whose kernels are compiled from other text than the library wrote: a driver that gets something wrong.

import { WebGpuDevice } from "../../src/runtime/webgpu/webgpu_device.ts";
import { countPipelinesOf } from "./device.ts";

type Made = Promise<GPUComputePipeline>;

/** Pipelines of kernels that no mutation changed, shared by all mutated devices of a GPUDevice. */
const unchanged = new WeakMap<GPUDevice, Map<string, Made>>();

export interface Mutated {
  readonly device: WebGpuDevice;
  /** Kernels whose text changed. */
  readonly changed: Set<string>;
}

/** `mutate` is given the text of each kernel, and its label: its ops, and its shader's file. */
export function mutatedDevice(
  { gpu, profile }: WebGpuDevice,
  mutate: (code: string, label: string) => string,
): Mutated {
  const known = unchanged.get(gpu) ?? new Map<string, Made>();
  unchanged.set(gpu, known);
  const changed = new Set<string>();
  const texts = new WeakMap<GPUShaderModule, string>();
  const counted = { pipelines: { count: 0 } };
  countPipelinesOf(counted);
  const replaced: Partial<GPUDevice> = {
    // The device itself is heard by its first owner.
    addEventListener: () => undefined,
    createShaderModule({ code, label = "" }) {
      const text = mutate(code, label);
      const shaderModule = gpu.createShaderModule({ code: text, label });
      if (text === code) texts.set(shaderModule, text);
      else changed.add(label);
      return shaderModule;
    },
    createComputePipelineAsync(descriptor) {
      const text = texts.get(descriptor.compute.module);
      const found = text === undefined ? undefined : known.get(text);
      if (found) return found;
      counted.pipelines.count++;
      const made = gpu.createComputePipelineAsync(descriptor);
      if (text !== undefined) known.set(text, made);
      return made;
    },
  };
  // Methods of a GPUDevice want the device itself as `this`.
  const proxy = new Proxy(gpu, {
    get(target, name) {
      const found: unknown = Reflect.get(replaced, name) ?? Reflect.get(target, name);
      return typeof found === "function" && !(name in replaced) ? found.bind(target) : found;
    },
  });
  return { device: new WebGpuDevice(proxy, profile, "a test"), changed };
}
