// A plan on WebGPU: its pipelines and one buffer of uniforms; bound, its bind groups; run, one pass and one submit.

import { DeviceError } from "../../core/errors.ts";
import { formatOps } from "../../graph/print.ts";
import { packParams } from "../../plan/kernel.ts";
import type { Plan } from "../../plan/plan.ts";
import { expectKept, type Bound, type DeviceBuffer, type Executable } from "../device.ts";
import type { Compiled, Pipelines } from "./pipelines.ts";
import { timePass } from "./timer.ts";

const UNIFORM = 0x40; // GPUBufferUsage.UNIFORM
const COPY_DST = 0x8; // GPUBufferUsage.COPY_DST

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

/** Compiles all kernels at once and writes their uniforms. `alive` throws once the device is lost. */
export async function prepare(
  device: GPUDevice,
  pipelines: Pipelines,
  plan: Plan,
  alive: () => void,
): Promise<Executable> {
  const compiled = await Promise.all(
    plan.dispatches.map(({ kernel, node }, i) => pipelines.get(kernel, `#${i} ${formatOps(node)}`)),
  );
  return { bind: (buffers) => new GpuBound(device, plan, compiled, buffers, alive) };
}

interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly x: number;
  readonly y: number;
}

class GpuBound implements Bound {
  private readonly device: GPUDevice;
  private readonly alive: () => void;
  private readonly uniforms: GPUBuffer;
  private readonly steps: readonly Step[];

  constructor(
    device: GPUDevice,
    plan: Plan,
    compiled: readonly Compiled[],
    buffers: readonly DeviceBuffer[],
    alive: () => void,
  ) {
    this.device = device;
    this.alive = alive;
    const blocks = plan.dispatches.map(({ kernel }) => packParams(kernel.params));
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
    this.steps = plan.dispatches.map(({ kernel, node }, i) => {
      const { pipeline, layout } = compiled[i] ?? never();
      const entries = kernel.bindings.map(({ value }, at) => ({
        binding: at + 1,
        resource: { buffer: gpuBufferOf(buffers[plan.place.get(value.id) ?? -1]) },
      }));
      const uniform = { buffer: this.uniforms, offset: offsets[i] ?? 0, size: blocks[i]?.byteLength ?? 16 };
      const group = device.createBindGroup({
        layout,
        label: `#${i} ${formatOps(node)}`,
        entries: [{ binding: 0, resource: uniform }, ...entries],
      });
      return { pipeline, group, x: kernel.grid[0], y: kernel.grid[1] };
    });
  }

  run(): void {
    this.encode(this.steps);
  }

  runDispatch(index: number): void {
    this.encode(this.steps.slice(index, index + 1));
  }

  async time(index: number, repeats: number): Promise<number> {
    this.alive();
    const step = this.steps.slice(index, index + 1);
    return timePass(this.device, (pass) => {
      for (let i = 0; i < repeats; i++) dispatch(pass, step);
    });
  }

  destroy(): void {
    this.uniforms.destroy();
  }

  private encode(steps: readonly Step[]): void {
    this.alive();
    const encoder = this.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    dispatch(pass, steps);
    pass.end();
    this.device.queue.submit([encoder.finish()]);
  }
}

function dispatch(pass: GPUComputePassEncoder, steps: readonly Step[]): void {
  for (const { pipeline, group, x, y } of steps) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(x, y);
  }
}

const never = (): never => {
  throw new DeviceError("webgpu: a dispatch without a pipeline.");
};
