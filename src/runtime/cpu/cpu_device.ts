// The CPU back end: runs plans with the ops' references, in the plan's own buffers.

import { viewAs, type HostArray } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { runNode, type Environment } from "../../graph/interpret.ts";
import type { Value } from "../../graph/op.ts";
import { cpuProfile } from "../../graph/profile.ts";
import type { Dispatch, Plan } from "../../plan/plan.ts";
import type { Bound, Device, DeviceBuffer, Executable } from "../device.ts";

const REST_EVERY_MS = 16;

class CpuBuffer implements DeviceBuffer {
  bytes: ArrayBuffer;
  readonly byteLength: number;
  constructor(byteLength: number) {
    this.byteLength = byteLength;
    this.bytes = new ArrayBuffer(byteLength);
  }
  destroy(): void {
    this.bytes = new ArrayBuffer(0);
  }
}

export class CpuDevice implements Device {
  readonly backend = "cpu";
  readonly profile = cpuProfile;
  readonly reason: string;
  private rested = performance.now();

  constructor(reason: string) {
    this.reason = reason;
  }

  createBuffer(byteLength: number): DeviceBuffer {
    return new CpuBuffer(byteLength);
  }

  write(buffer: DeviceBuffer, data: HostArray): void {
    new Uint8Array(bytesOf(buffer)).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  async read(buffer: DeviceBuffer, byteLength: number): Promise<ArrayBuffer> {
    const bytes = bytesOf(buffer).slice(0, byteLength);
    await this.rest();
    return bytes;
  }

  async prepare(plan: Plan): Promise<Executable> {
    return { bind: (buffers) => new CpuBound(plan, buffers) };
  }

  async idle(): Promise<void> {
    // Work is done when it is queued.
  }

  dispose(): void {
    // Buffers are garbage collected.
  }

  /** Work is done on the caller's own thread: now and then others on it (a page, a Ctrl-C) get their turn. */
  private async rest(): Promise<void> {
    if (performance.now() - this.rested < REST_EVERY_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.rested = performance.now();
  }
}

function bytesOf(buffer: DeviceBuffer): ArrayBuffer {
  if (buffer instanceof CpuBuffer) return buffer.bytes;
  throw new DeviceError("cpu: a buffer of another device was passed. Move its data through the host.");
}

class CpuBound implements Bound {
  private readonly plan: Plan;
  private readonly buffers: readonly DeviceBuffer[];

  constructor(plan: Plan, buffers: readonly DeviceBuffer[]) {
    this.plan = plan;
    this.buffers = buffers;
  }

  run(): void {
    for (const dispatch of this.plan.dispatches) this.runOne(dispatch);
  }

  runDispatch(index: number): void {
    const dispatch = this.plan.dispatches[index];
    if (dispatch) this.runOne(dispatch);
  }

  destroy(): void {
    // Holds nothing of its own.
  }

  private runOne({ node, reads, writes }: Dispatch): void {
    const environment: Environment = new Map();
    for (const value of reads)
      environment.set(value.id, { shape: value.shape, dtype: value.dtype, data: this.view(value) });
    runNode(node, environment, "f32");
    for (const value of writes) {
      const made = environment.get(value.id);
      if (made) this.view(value).set(made.data);
    }
  }

  private view(value: Value): HostArray {
    const buffer = this.buffers[this.plan.place.get(value.id) ?? -1];
    if (!buffer) throw new DeviceError(`cpu: value ${value.id} has no buffer.`);
    return viewAs(value.dtype, bytesOf(buffer)).subarray(0, sizeOf(value.shape));
  }
}
