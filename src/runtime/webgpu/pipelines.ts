// Compiles kernels, each text once a device, asynchronously and in parallel.

import { cached } from "../../core/cached.ts";
import { ChainruleError } from "../../core/errors.ts";
import { textOf } from "../../graph/kernel.ts";
import type { Kernel } from "../../plan/kernel.ts";
import { specialize } from "./specialize.ts";

const COMPUTE = 0x4; // GPUShaderStage.COMPUTE; the constant does not exist in Node

export interface Pipelines {
  /** How many were made. */
  count: number;
  /** Of many kernels, in parallel. Throws ChainruleError with the compiler's message where WGSL is refused: that is our bug. */
  all(kernels: readonly Kernel[], labels: readonly string[]): Promise<readonly GPUComputePipeline[]>;
  /** Explicit: a layout made by the driver would drop bindings that a specialisation does not use. */
  layoutOf(kernel: Kernel): GPUBindGroupLayout;
}

export function pipelinesOf(device: GPUDevice): Pipelines {
  const layouts = new Map<string, GPUBindGroupLayout>();
  const compiled = new Map<string, Promise<GPUComputePipeline>>();

  const compile = async (
    code: string,
    layout: GPUBindGroupLayout,
    label: string,
  ): Promise<GPUComputePipeline> => {
    pipelines.count++;
    // The refusal is thrown below, by name; uncaught, it would make the device useless for other programs too.
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ code, label });
    device.popErrorScope().catch(() => undefined);
    try {
      return await device.createComputePipelineAsync({
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout], label }),
        compute: { module, entryPoint: "main" },
        label,
      });
    } catch (error) {
      const { messages } = await module.getCompilationInfo();
      const lines = code.split("\n");
      const where = messages.map(
        ({ lineNum, linePos, message }) => `${lineNum}:${linePos} ${message}\n  ${lines[lineNum - 1] ?? ""}`,
      );
      throw new ChainruleError(`${label} does not compile: ${where.join("\n") || String(error)}`, {
        cause: error,
      });
    }
  };

  const pipelines: Pipelines = {
    count: 0,
    all: (kernels, labels) =>
      Promise.all(
        kernels.map(async (kernel, i) => {
          const code = specialize(await textOf(kernel.shader), kernel);
          // The text says how each buffer is bound, too.
          return cached(compiled, code, () =>
            compile(code, pipelines.layoutOf(kernel), `${labels[i]} (${kernel.shader.name}.wgsl)`),
          );
        }),
      ),
    layoutOf({ bindings }) {
      const types = bindings.map(({ access }) => (access === "read" ? "read-only-storage" : "storage"));
      return cached(layouts, types.join(), (label) =>
        device.createBindGroupLayout({
          label,
          entries: (["uniform", ...types] as const).map((type, binding) => ({
            binding,
            visibility: COMPUTE,
            buffer: { type },
          })),
        }),
      );
    },
  };
  return pipelines;
}
