// Kernels bound to buffers: what a pass is encoded from.

import { DeviceError } from "../../core/errors.ts";
import type { Home } from "../../graph/graph.ts";
import type { Value } from "../../graph/op.ts";
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
export class Steps {
  private readonly kernels: readonly Kernel[];
  private readonly uniforms: GPUBuffer;
  private readonly groups: readonly GPUBindGroup[];

  /** `bufferOf`: a value's buffer, by its id; `homes`: where it lies in a shared one. */
  constructor(
    device: GPUDevice,
    pipelines: Pipelines,
    kernels: readonly Kernel[],
    labels: readonly string[],
    bufferOf: (id: number) => DeviceBuffer | undefined,
    homes: Plan["homes"],
  ) {
    this.kernels = kernels;
    const blocks = kernels.map(({ params }) => packParams(params));
    const align = device.limits.minUniformBufferOffsetAlignment;
    let size = 0;
    const offsets = blocks.map((block) => {
      const offset = size;
      size += Math.ceil(block.byteLength / align) * align;
      return offset;
    });
    this.uniforms = device.createBuffer({
      size: Math.max(16, size),
      usage: UNIFORM | COPY_DST,
      label: "uniforms",
    });
    blocks.forEach((block, i) => device.queue.writeBuffer(this.uniforms, offsets[i] ?? 0, block));
    this.groups = kernels.map((kernel, i) => {
      const entries = kernel.bindings.map(({ value, part }, at) => ({
        binding: at + 1,
        resource: {
          buffer: gpuBufferOf(bufferOf(value.id)),
          ...(part ? rangeOf(value, homes.get(value.id)) : {}),
        },
      }));
      const uniform = { buffer: this.uniforms, offset: offsets[i] ?? 0, size: blocks[i]?.byteLength ?? 16 };
      const layout = pipelines.layoutOf(kernel);
      return device.createBindGroup({
        layout,
        label: labels[i] ?? "",
        entries: [{ binding: 0, resource: uniform }, ...entries],
      });
    });
  }

  /** With each kernel's pipeline. */
  with(pipelines: readonly GPUComputePipeline[]): readonly Step[] {
    return this.kernels.map(({ grid: [x, y] }, i) => {
      const [pipeline, group] = [pipelines[i], this.groups[i]];
      if (!pipeline || !group) throw new DeviceError("webgpu: a dispatch without a pipeline.");
      return { pipeline, group, x, y };
    });
  }

  destroy(): void {
    this.uniforms.destroy();
  }
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
