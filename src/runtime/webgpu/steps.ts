// Kernels bound to buffers: what a pass is encoded from.

import type { Home } from "../../graph/graph.ts";
import type { Value } from "../../graph/op.ts";
import { at } from "../../ops/define.ts";
import { packParams, type Kernel } from "../../plan/kernel.ts";
import { byteLengthOf } from "../../plan/memory.ts";
import type { Plan } from "../../plan/plan.ts";
import type { DeviceBuffer } from "../device.ts";
import { gpuBufferOf } from "./gpu_buffer.ts";
import type { Pipelines } from "./pipelines.ts";

const UNIFORM = 0x40; // GPUBufferUsage.UNIFORM
const COPY_DST = 0x8; // GPUBufferUsage.COPY_DST

/** One dispatch, ready to be encoded. */
export interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly x: number;
  readonly y: number;
}

/** Bind groups over one buffer of uniforms, made before the kernels are compiled. */
export interface Steps {
  /** With each kernel's pipeline. */
  with(pipelines: readonly GPUComputePipeline[]): readonly Step[];
  destroy(): void;
}

/** `bufferOf`: a value's buffer, by its id; `homes`: where it lies in a shared one. */
export function stepsOf(
  device: GPUDevice,
  pipelines: Pipelines,
  kernels: readonly Kernel[],
  labels: readonly string[],
  bufferOf: (id: number) => DeviceBuffer | undefined,
  homes: Plan["homes"],
): Steps {
  const blocks = kernels.map(({ params }) => packParams(params));
  const align = device.limits.minUniformBufferOffsetAlignment;
  let size = 0;
  const offsets = blocks.map((block) => {
    const offset = size;
    size += Math.ceil(block.byteLength / align) * align;
    return offset;
  });
  const uniforms = device.createBuffer({
    size: Math.max(16, size),
    usage: UNIFORM | COPY_DST,
    label: "uniforms",
  });
  const prepared = kernels.map((kernel, i) => {
    const [block, offset] = [at(blocks, i), at(offsets, i)];
    device.queue.writeBuffer(uniforms, offset, block);
    const bound = kernel.bindings.map(({ value, part }) => ({
      buffer: gpuBufferOf(bufferOf(value.id)),
      ...(part ? rangeOf(value, homes.get(value.id)) : {}),
    }));
    const group = device.createBindGroup({
      layout: pipelines.layoutOf(kernel),
      label: labels[i] ?? "",
      entries: [{ buffer: uniforms, offset, size: block.byteLength }, ...bound].map((resource, binding) => ({
        binding,
        resource,
      })),
    });
    const [x, y] = kernel.grid;
    return { group, x, y };
  });
  return {
    with: (compiled) => prepared.map((step, i) => ({ ...step, pipeline: at(compiled, i) })),
    destroy: () => uniforms.destroy(),
  };
}

const rangeOf = (value: Value, home: Home | undefined) =>
  home && { offset: 4 * home.offset, size: byteLengthOf(value) };

export function encode(pass: GPUComputePassEncoder, steps: readonly Step[]): void {
  for (const { pipeline, group, x, y } of steps) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(x, y);
  }
}
