// A program's plan once more, on copies of its present inputs: what inspection runs, so that nothing of the user's changes.

import { bytesFor, viewAs } from "../core/dtype.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { sizeOf } from "../core/shape.ts";
import { lower, type LowerOptions } from "../compile.ts";
import type { Value } from "../graph/op.ts";
import type { Plan } from "../plan/plan.ts";
import type { Bound, Device, DeviceBuffer } from "../runtime/device.ts";
import { asDType } from "../runtime/device_tensor.ts";
import type { Program } from "../runtime/program.ts";

/** Any program, whatever its outputs. */
export type Inspected = Pick<Program, "device" | "graph" | "plan" | "buffers">;

export class Replica {
  readonly plan: Plan;
  /** The inputs as they were, in the graph's order. */
  readonly inputs: readonly HostTensor[];
  readonly bound: Bound;
  private readonly device: Device;
  private readonly buffers: readonly DeviceBuffer[];

  private constructor(
    device: Device,
    plan: Plan,
    inputs: readonly HostTensor[],
    bound: Bound,
    buffers: readonly DeviceBuffer[],
  ) {
    this.device = device;
    this.plan = plan;
    this.inputs = inputs;
    this.bound = bound;
    this.buffers = buffers;
  }

  static async of({ device, graph, plan, buffers }: Inspected, options: LowerOptions): Promise<Replica> {
    const inputs = await Promise.all(
      graph.inputs.map(({ value }) => readValue(device, value, buffers[plan.place.get(value.id) ?? -1])),
    );
    const own = lower(graph, plan.profile, { ...options, quick: false });
    const copies = own.buffers.map(({ byteLength, name }) =>
      device.createBuffer(byteLength, `copy of ${name}`),
    );
    const replica = new Replica(device, own, inputs, (await device.prepare(own)).bind(copies), copies);
    inputs.forEach(({ data }, i) => {
      const buffer = copies[i];
      const dtype = own.graph.inputs[i]?.value.dtype;
      if (buffer && dtype && data.length) device.write(buffer, asDType(data, dtype));
    });
    return replica;
  }

  read(value: Value): Promise<HostTensor> {
    return readValue(this.device, value, this.buffers[this.plan.place.get(value.id) ?? -1]);
  }

  dispose(): void {
    this.bound.destroy();
    for (const buffer of this.buffers) buffer.destroy();
  }
}

async function readValue(
  device: Device,
  { shape, dtype }: Value,
  buffer: DeviceBuffer | undefined,
): Promise<HostTensor> {
  const size = sizeOf(shape);
  const bytes = buffer ? await device.read(buffer, bytesFor(dtype, size)) : new ArrayBuffer(4);
  return { shape, dtype, data: viewAs(dtype, bytes).subarray(0, size) };
}
