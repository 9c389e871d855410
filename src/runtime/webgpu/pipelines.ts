// Compiles kernels, each text once a device, asynchronously and in parallel.

import { cached } from "../../core/cached.ts";
import { ChainruleError } from "../../core/errors.ts";
import { textOf } from "../../graph/kernel.ts";
import type { Kernel } from "../../plan/kernel.ts";
import { specialize } from "./specialize.ts";

const COMPUTE = 0x4; // GPUShaderStage.COMPUTE; the constant does not exist in Node

export class Pipelines {
  /** How many pipelines were made. */
  count = 0;
  private readonly device: GPUDevice;
  private readonly layouts = new Map<string, GPUBindGroupLayout>();
  private readonly compiled = new Map<string, Promise<GPUComputePipeline>>();

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** Throws ChainruleError with the compiler's message where the WGSL is refused: that is our bug. */
  async get(kernel: Kernel, label: string): Promise<GPUComputePipeline> {
    const code = specialize(await textOf(kernel.shader), kernel);
    // The text says how each buffer is bound, too.
    return cached(this.compiled, code, () =>
      this.compile(code, this.layoutOf(kernel), `${label} (${kernel.shader.name}.wgsl)`),
    );
  }

  /** Of many kernels, in parallel. */
  all(kernels: readonly Kernel[], labels: readonly string[]): Promise<readonly GPUComputePipeline[]> {
    return Promise.all(kernels.map((kernel, i) => this.get(kernel, labels[i] ?? "")));
  }

  private async compile(
    code: string,
    layout: GPUBindGroupLayout,
    label: string,
  ): Promise<GPUComputePipeline> {
    this.count++;
    // The refusal is thrown below, by name; uncaught, it would make the device useless for other programs too.
    this.device.pushErrorScope("validation");
    const module = this.device.createShaderModule({ code, label });
    this.device.popErrorScope().catch(() => undefined);
    const pipelineLayout = this.device.createPipelineLayout({ bindGroupLayouts: [layout], label });
    try {
      return await this.device.createComputePipelineAsync({
        layout: pipelineLayout,
        compute: { module, entryPoint: "main" },
        label,
      });
    } catch (error) {
      const { messages } = await module.getCompilationInfo();
      const lines = code.split("\n");
      const where = messages.map(
        (message) =>
          `${message.lineNum}:${message.linePos} ${message.message}\n  ${lines[message.lineNum - 1] ?? ""}`,
      );
      throw new ChainruleError(`${label} does not compile: ${where.join("\n") || String(error)}`, {
        cause: error,
      });
    }
  }

  /** Explicit: a layout made by the driver would drop bindings that a specialisation does not use. */
  layoutOf({ bindings }: Kernel): GPUBindGroupLayout {
    const types = bindings.map(({ access }) => (access === "read" ? "read-only-storage" : "storage"));
    return cached(this.layouts, types.join(), (label) =>
      this.device.createBindGroupLayout({
        label,
        entries: (["uniform", ...types] as const).map((type, binding) => ({
          binding,
          visibility: COMPUTE,
          buffer: { type },
        })),
      }),
    );
  }
}
