// The WebGPU back end.

import type { HostArray } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import type { Profile } from "../../graph/profile.ts";
import { checkLimits, type Plan } from "../../plan/plan.ts";
import type { Device, DeviceBuffer, Executable, Tuner } from "../device.ts";
import { prepare } from "./executable.ts";
import { GpuBuffer, gpuBufferOf } from "./gpu_buffer.ts";
import { pipelinesOf, type Pipelines } from "./pipelines.ts";
import { isSoftware, requestAdapter } from "./provider.ts";

// GPUBufferUsage and GPUMapMode by value: the constants do not exist in Node.
const MAP_READ = 0x1;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const STORAGE = 0x80;
const READ = 0x1;

const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** WebGPU copies and binds words of four bytes, and at least one. */
const wholeWords = (byteLength: number): number => Math.max(4, Math.ceil(byteLength / 4) * 4);

/** Opens the adapter with all that it offers of the limits that plans use. Throws DeviceError where there is none. */
export async function openWebGpu(): Promise<WebGpuDevice> {
  const { adapter, reason } = await requestAdapter();
  const features = (["subgroups", "timestamp-query"] as const).filter((feature) =>
    adapter.features.has(feature),
  );
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
    requiredFeatures: features,
  });
  const { vendor, architecture, device: model, description } = adapter.info;
  const software = isSoftware(adapter);
  // Dawn describes a GPU by its driver alone.
  const named = description ? [software ? "" : model, description] : [vendor, architecture, model];
  const name = named.filter(Boolean).join(" ") || "unnamed adapter";
  const limits = Object.fromEntries(
    LIMITS.map((limit) => [limit, device.limits[limit]]),
  ) as unknown as Profile["limits"];
  const subgroups = features.includes("subgroups");
  const profile: Profile = { kind: software ? "software" : "gpu", name, subgroups, limits };
  return new WebGpuDevice(device, profile, `${reason}: ${name}`);
}

export class WebGpuDevice implements Device {
  readonly backend = "webgpu";
  readonly profile: Profile;
  readonly reason: string;
  readonly gpu: GPUDevice;
  readonly pipelines: Pipelines;
  tuner: Tuner | undefined;
  private failure: string | undefined;
  private disposed = false;
  /** Staging buffers for read-backs, kept for the next one. */
  private readonly staging: GPUBuffer[] = [];

  constructor(gpu: GPUDevice, profile: Profile, reason: string) {
    this.gpu = gpu;
    this.profile = profile;
    this.reason = reason;
    this.pipelines = pipelinesOf(gpu);
    gpu.addEventListener("uncapturederror", (event) => {
      this.failure ??= `webgpu: ${event.error.message}`;
    });
    void gpu.lost.then(({ message, reason: why }) => {
      if (!this.disposed)
        this.failure = `webgpu: the device was lost (${why || "unknown"}). ${message} Open a new one and load the last checkpoint.`;
    });
  }

  createBuffer(byteLength: number, label: string): DeviceBuffer {
    this.alive();
    checkLimits([{ name: label, byteLength }], this.profile);
    const size = wholeWords(byteLength);
    const buffer = this.gpu.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST, label });
    return new GpuBuffer(buffer, byteLength);
  }

  write(buffer: DeviceBuffer, data: HostArray, byteOffset = 0): void {
    this.alive();
    this.gpu.queue.writeBuffer(
      gpuBufferOf(buffer),
      byteOffset,
      data.buffer,
      data.byteOffset,
      data.byteLength,
    );
  }

  async read(buffer: DeviceBuffer, byteLength: number, byteOffset = 0): Promise<ArrayBuffer> {
    this.alive();
    const size = wholeWords(byteLength);
    const at = this.staging.findIndex((candidate) => candidate.size >= size);
    const [kept] = at >= 0 ? this.staging.splice(at, 1) : [];
    const staging = kept ?? this.gpu.createBuffer({ size, usage: MAP_READ | COPY_DST, label: "read-back" });
    const encoder = this.gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(gpuBufferOf(buffer), byteOffset, staging, 0, size);
    this.gpu.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(READ, 0, size);
    } catch (error) {
      this.alive();
      throw new DeviceError("webgpu: a read-back was cut off. Keep the device open until it is done.", {
        cause: error,
      });
    }
    const bytes = staging.getMappedRange(0, size).slice(0, byteLength);
    staging.unmap();
    this.staging.push(staging);
    this.alive();
    return bytes;
  }

  prepare(plan: Plan): Promise<Executable> {
    this.alive();
    return prepare(this.gpu, this.pipelines, plan, () => this.alive());
  }

  async idle(): Promise<void> {
    await this.gpu.queue.onSubmittedWorkDone();
    this.alive();
  }

  dispose(): void {
    this.disposed = true;
    this.gpu.destroy();
  }

  /** Throws what went wrong on the device since it was last asked: errors arrive late. */
  private alive(): void {
    if (this.disposed) throw new DeviceError("webgpu: the device was disposed. Open a new one.");
    if (this.failure !== undefined) throw new DeviceError(this.failure);
  }
}
