// A plan on memory of its own: what inspection runs, so that nothing of the user's changes. Of a program, it is its plan once
// more, on copies of its present inputs.

import { bytesFor, viewAs } from "../core/dtype.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { sizeOf } from "../core/shape.ts";
import { lower, type LowerOptions } from "../compile.ts";
import type { Value } from "../graph/op.ts";
import type { Plan } from "../plan/plan.ts";
import type { Bound, Device, DeviceBuffer } from "../runtime/device.ts";
import { asDType } from "../runtime/device_tensor.ts";
import { buffersFor } from "../runtime/plan_buffers.ts";
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
      graph.inputs.map(({ value }) => readValue(device, value, plan, buffers)),
    );
    return Replica.on(device, lower(graph, plan.profile, { ...options, quick: false }), inputs);
  }

  /** A plan of no program, on the inputs of its graph, in order. */
  static async on(device: Device, plan: Plan, inputs: readonly HostTensor[]): Promise<Replica> {
    const executable = await device.prepare(plan);
    const copies = buffersFor(plan, (byteLength, i) =>
      device.createBuffer(byteLength, `copy of ${plan.buffers[i]?.name}`),
    );
    inputs.forEach(({ data }, i) => {
      const buffer = copies[i];
      const { value, home } = plan.graph.inputs[i] ?? {};
      if (buffer && value && data.length)
        device.write(buffer, asDType(data, value.dtype), home && 4 * home.offset);
    });
    return new Replica(device, plan, inputs, executable.bind(copies), copies);
  }

  read(value: Value): Promise<HostTensor> {
    return readValue(this.device, value, this.plan, this.buffers);
  }

  dispose(): void {
    this.bound.destroy();
    for (const buffer of this.buffers) buffer.destroy();
  }
}

async function readValue(
  device: Device,
  { id, shape, dtype }: Value,
  { place, homes }: Plan,
  buffers: readonly DeviceBuffer[],
): Promise<HostTensor> {
  const size = sizeOf(shape);
  const buffer = buffers[place.get(id) ?? -1];
  const home = homes.get(id);
  const bytes = buffer
    ? await device.read(buffer, bytesFor(dtype, size), home && 4 * home.offset)
    : new ArrayBuffer(4);
  return { shape, dtype, data: viewAs(dtype, bytes).subarray(0, size) };
}
