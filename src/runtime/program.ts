// A plan bound to a device and its buffers. `run()` is the hot path: write what changed, submit once, give views.

import { DeviceError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { mapTree, type Tree } from "../core/tree.ts";
import type { Graph } from "../graph/graph.ts";
import type { Plan } from "../plan/plan.ts";
import { printPlan } from "../plan/print.ts";
import { argumentsFor, type ArgumentPath, type Arguments } from "./arguments.ts";
import { checkBound, expectAlike } from "./bound_tensors.ts";
import { expectKept, type Bound, type Device, type DeviceBuffer, type Executable } from "./device.ts";
import { DeviceTensor, isDeviceTensor } from "./device_tensor.ts";

export interface ProgramParts {
  /** As traced, before any pass: what the oracle runs. */
  readonly graph: Graph;
  readonly plan: Plan;
  readonly outputs: Tree<number>;
  /** For each input of the graph: the tensor that it is bound to, or where its data is found among the arguments. */
  readonly inputs: readonly (DeviceTensor | ArgumentPath)[];
}

/** Views arranged as they are, with what they hold in JavaScript memory. */
export type OnHost<Views> = [Tree<DeviceTensor>] extends [Views]
  ? Tree<HostTensor>
  : Views extends DeviceTensor
    ? HostTensor
    : { readonly [K in keyof Views]: OnHost<Views[K]> };

/** Bytes on the device, known before any is allocated. */
export interface ProgramMemory {
  /** Buffers that the program allocates: its arguments and temporaries. */
  readonly own: number;
  /** Buffers that it is bound to: state and resident data. */
  readonly bound: number;
  /** Temporaries if each value had a buffer of its own. */
  readonly unplanned: number;
}

export class Program<Views = Tree<DeviceTensor>> {
  readonly graph: Graph;
  readonly plan: Plan;
  /** Views of the results: each shows the latest run, and `read()` copies it. */
  readonly outputs: Views;
  readonly device: Device;
  /** Buffers in the plan's order. */
  readonly buffers: readonly DeviceBuffer[];
  private readonly parts: ProgramParts;
  private readonly executable: Executable;
  private readonly bound: Bound;
  private readonly owned: readonly DeviceBuffer[];
  private readonly arguments: Arguments;
  private disposed = false;

  private constructor(
    device: Device,
    parts: ProgramParts,
    executable: Executable,
    buffers: readonly DeviceBuffer[],
    original?: Program<Views>,
  ) {
    const { graph, plan, outputs, inputs } = parts;
    this.device = device;
    this.parts = parts;
    this.executable = executable;
    this.graph = graph;
    this.plan = plan;
    this.buffers = buffers;
    this.bound = executable.bind(buffers);
    this.owned = original ? [] : buffers.filter((_, i) => !isDeviceTensor(inputs[i]));
    const bufferOf = (id: number): DeviceBuffer => buffers[plan.place.get(id) ?? -1] ?? lost();
    this.arguments =
      original?.arguments ??
      argumentsFor(
        plan.graph.inputs.flatMap((input, i) => {
          const path = inputs[i];
          return path === undefined || isDeviceTensor(path)
            ? []
            : [{ input, path, buffer: bufferOf(input.value.id) }];
        }),
      );
    this.outputs = mapTree(outputs, isIndex, (i) => {
      const { value } = plan.graph.outputs[i] ?? lost();
      const home = plan.homes.get(value.id);
      return new DeviceTensor(device, bufferOf(value.id), value.shape, value.dtype, home && 4 * home.offset);
    }) as Views;
  }

  /**
   * Compiles the plan's kernels and allocates all that the program will ever need. Throws DeviceError where an input is
   * bound to another device's memory, and ValueError where state is bound twice.
   */
  static async create<Views>(device: Device, parts: ProgramParts): Promise<Program<Views>> {
    checkBound(device, parts.plan.graph.inputs, parts.inputs);
    const executable = await device.prepare(parts.plan);
    const owned: DeviceBuffer[] = [];
    try {
      const buffers = parts.plan.buffers.map(({ byteLength, name }, i) => {
        const source = parts.inputs[i];
        if (isDeviceTensor(source)) return source.buffer;
        const buffer = device.createBuffer(byteLength, name);
        owned.push(buffer);
        return buffer;
      });
      return new Program(device, parts, executable, buffers);
    } catch (error) {
      for (const buffer of owned) buffer.destroy();
      throw error;
    }
  }

  /**
   * The same program over other tensors: `swap` has, for tensors that it is bound to, those of the same shape and type that
   * take their place. All else is shared, arguments and outputs too; disposing of this one ends the other.
   */
  rebound(swap: ReadonlyMap<DeviceTensor, DeviceTensor>): Program<Views> {
    const { plan } = this.parts;
    const inputs = this.parts.inputs.map((source) => {
      const other = isDeviceTensor(source) && swap.get(source);
      if (!other) return source;
      expectAlike(source, other);
      return other;
    });
    checkBound(this.device, plan.graph.inputs, inputs);
    const buffers = this.buffers.map((buffer, i) => {
      const source = inputs[i];
      return isDeviceTensor(source) ? source.buffer : buffer;
    });
    return new Program(this.device, { ...this.parts, inputs }, this.executable, buffers, this);
  }

  /**
   * Queues one run and gives views of its outputs, valid until the next run. An argument that is left out keeps its last
   * value. Throws ShapeError where one does not fit and ValueError where one was never given, before any work.
   */
  run(...args: readonly unknown[]): Views {
    if (this.disposed) throw new DeviceError("program: it was disposed. Compile it again.");
    for (const buffer of this.buffers) expectKept(buffer);
    this.arguments.write(this.device, args);
    this.bound.run();
    return this.outputs;
  }

  /** Copies all outputs of the latest run to JavaScript memory. */
  async read(): Promise<OnHost<Views>> {
    const reads: Promise<HostTensor>[] = [];
    const order = mapTree(
      this.outputs as Tree<DeviceTensor>,
      isDeviceTensor,
      (view) => reads.push(view.read()) - 1,
    );
    const done = await Promise.all(reads);
    return mapTree(order, isIndex, (i) => done[i] ?? lost()) as OnHost<Views>;
  }

  memory(): ProgramMemory {
    const bytes = (buffers: readonly DeviceBuffer[]): number =>
      [...new Set(buffers)].reduce((sum, { byteLength }) => sum + byteLength, 0);
    const own = bytes(this.owned);
    return { own, bound: bytes(this.buffers) - own, unplanned: this.plan.memory.unplanned };
  }

  /** The plan as a table. */
  toString(): string {
    return printPlan(this.plan);
  }

  /** Frees the buffers that the program allocated; state and resident tensors stay. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.bound.destroy();
    for (const buffer of this.owned) buffer.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const isIndex = (x: unknown): x is number => typeof x === "number";

const lost = (): never => {
  throw new DeviceError("program: the plan lacks a buffer. This is a bug in chainrule: please report it.");
};
