// gpu.js as a back end: WebGL 2 where there is no WebGPU, and what gpu.js has instead where there is no WebGL.

import type { HostArray } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import type { Limits, Profile } from "../../graph/profile.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Device, DeviceBuffer, Executable } from "../device.ts";
import { Rest } from "../rest.ts";
import { Engine, modes, type Mode } from "./engine.ts";
import { missedBy, prepare } from "./executable.ts";
import { GpujsBuffer, kept } from "./gpujs_buffer.ts";
import { loadLibrary } from "./library.ts";

/** Of JavaScript's memory, where buffers lie; kernels with more arrays than a GPU binds are cut (lower.ts). */
const limits: Limits = {
  maxBufferSize: 2 ** 33,
  maxStorageBufferBindingSize: 2 ** 33,
  maxStorageBuffersPerShaderStage: 64,
  maxComputeWorkgroupsPerDimension: 65535,
};

/** Throws DeviceError where gpu.js is not installed, or works in none of the modes: all of them, unless they are named. */
export async function openGpujs(reason: string, tried: readonly Mode[] = modes): Promise<GpujsDevice> {
  const library = await loadLibrary();
  let last: unknown;
  for (const mode of tried)
    try {
      return new GpujsDevice(new Engine(library, mode), reason);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      last = error;
    }
  throw last;
}

export class GpujsDevice implements Device {
  readonly backend = "gpujs";
  readonly profile: Profile;
  readonly reason: string;
  readonly engine: Engine;
  /** Ops, with their types, that gpu.js could not compute in any plan so far, such as `add u32,u32→u32`. Their references ran, on the CPU. */
  readonly missed = new Set<string>();
  private readonly rest = new Rest();

  constructor(engine: Engine, reason: string) {
    const { kernelClass, renderer } = engine;
    this.engine = engine;
    const where = renderer ? ` on ${described(renderer)}` : "";
    this.reason = `${reason}: gpu.js, ${kernelClass}${where}`;
    this.profile = { kind: "cpu", name: `gpu.js ${kernelClass}${where}`, subgroups: false, limits };
  }

  createBuffer(byteLength: number, label: string): DeviceBuffer {
    this.engine.expectAlive();
    return new GpujsBuffer(this.engine, byteLength, label);
  }

  write(buffer: DeviceBuffer, data: HostArray, byteOffset = 0): void {
    this.engine.expectAlive();
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    kept(buffer, this.engine).write(bytes, byteOffset);
  }

  async read(buffer: DeviceBuffer, byteLength: number, byteOffset = 0): Promise<ArrayBuffer> {
    this.engine.expectAlive();
    const bytes = kept(buffer, this.engine).bytes(byteOffset, byteLength);
    // What was lost meanwhile reads as zeros.
    this.engine.expectAlive();
    await this.rest.ifDue();
    return bytes;
  }

  async prepare(plan: Plan): Promise<Executable> {
    this.engine.expectAlive();
    const names = missedBy(plan).filter((name) => !this.missed.has(name));
    for (const name of names) this.missed.add(name);
    if (names.length)
      console.warn(
        `gpujs: gpu.js cannot compute ${names.join(", ")}. Their references run on the CPU, slowly.`,
      );
    return prepare(this.engine, plan);
  }

  async idle(): Promise<void> {
    this.engine.finish();
  }

  dispose(): void {
    this.engine.destroy();
  }
}

const described = (renderer: string): string =>
  /swiftshader|llvmpipe|software|basic render/i.test(renderer)
    ? `a GPU that is emulated on the CPU (${renderer})`
    : renderer;
