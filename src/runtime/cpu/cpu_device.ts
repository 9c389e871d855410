// The CPU back end: runs plans with the ops' references, in the plan's own buffers.

import { viewAs, type HostArray } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { runNode, type Environment } from "../../oracle/interpret.ts";
import type { Value } from "../../graph/op.ts";
import { cpuProfile } from "../../graph/profile.ts";
import type { Dispatch, Plan } from "../../plan/plan.ts";
import { expectKept, type Bound, type Device, type DeviceBuffer, type Executable } from "../device.ts";
import { Rest } from "../rest.ts";

class CpuBuffer implements DeviceBuffer {
  bytes: ArrayBuffer;
  readonly byteLength: number;
  readonly label: string;
  destroyed = false;

  constructor(byteLength: number, label: string) {
    this.byteLength = byteLength;
    this.label = label;
    this.bytes = new ArrayBuffer(byteLength);
  }

  destroy(): void {
    this.destroyed = true;
    this.bytes = new ArrayBuffer(0);
  }
}

export class CpuDevice implements Device {
  readonly backend = "cpu";
  readonly profile = cpuProfile;
  readonly reason: string;
  private readonly rest = new Rest();
  private disposed = false;

  constructor(reason: string) {
    this.reason = reason;
  }

  createBuffer(byteLength: number, label: string): DeviceBuffer {
    this.alive();
    return new CpuBuffer(byteLength, label);
  }

  write(buffer: DeviceBuffer, data: HostArray, byteOffset = 0): void {
    this.alive();
    new Uint8Array(bytesOf(buffer)).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      byteOffset,
    );
  }

  async read(buffer: DeviceBuffer, byteLength: number, byteOffset = 0): Promise<ArrayBuffer> {
    this.alive();
    const bytes = bytesOf(buffer).slice(byteOffset, byteOffset + byteLength);
    await this.rest.ifDue();
    return bytes;
  }

  async prepare(plan: Plan): Promise<Executable> {
    this.alive();
    return { bind: (buffers) => new CpuBound(plan, buffers, () => this.alive()) };
  }

  async idle(): Promise<void> {
    // Work is done when it is queued.
  }

  dispose(): void {
    this.disposed = true;
  }

  private alive(): void {
    if (this.disposed) throw new DeviceError("cpu: the device was disposed. Open a new one.");
  }
}

function bytesOf(buffer: DeviceBuffer): ArrayBuffer {
  if (buffer instanceof CpuBuffer) {
    expectKept(buffer);
    return buffer.bytes;
  }
  throw new DeviceError("cpu: a buffer of another device was passed. Move its data through the host.");
}

class CpuBound implements Bound {
  private readonly plan: Plan;
  private readonly buffers: readonly DeviceBuffer[];
  private readonly alive: () => void;

  constructor(plan: Plan, buffers: readonly DeviceBuffer[], alive: () => void) {
    this.plan = plan;
    this.buffers = buffers;
    this.alive = alive;
    // Refuses what another device made now, not at the first run.
    for (const buffer of buffers) bytesOf(buffer);
  }

  run(): void {
    for (const dispatch of this.plan.dispatches) this.runOne(dispatch);
  }

  runDispatch(index: number): void {
    const dispatch = this.plan.dispatches[index];
    if (dispatch) this.runOne(dispatch);
  }

  async time(index: number, repeats: number): Promise<number> {
    const started = performance.now();
    for (let i = 0; i < repeats; i++) this.runDispatch(index);
    return performance.now() - started;
  }

  destroy(): void {
    // Holds nothing of its own.
  }

  private runOne({ node, reads, writes }: Dispatch): void {
    this.alive();
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
    const { offset = 0 } = this.plan.homes.get(value.id) ?? {};
    return viewAs(value.dtype, bytesOf(buffer)).subarray(offset, offset + sizeOf(value.shape));
  }
}
