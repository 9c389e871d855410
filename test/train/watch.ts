// Counts what is called on a GPUDevice and its queue, and restores them.

const DEVICE = [
  "createBuffer",
  "createBindGroup",
  "createBindGroupLayout",
  "createPipelineLayout",
  "createComputePipeline",
  "createComputePipelineAsync",
  "createRenderPipeline",
  "createRenderPipelineAsync",
  "createShaderModule",
  "createQuerySet",
  "createSampler",
  "createTexture",
  "createCommandEncoder",
] as const;
const QUEUE = ["submit", "writeBuffer", "onSubmittedWorkDone"] as const;
const ENCODER = ["beginComputePass", "copyBufferToBuffer"] as const;
const PASS = ["setPipeline", "setBindGroup", "dispatchWorkgroups"] as const;

type Method = (...args: unknown[]) => unknown;
export type Counts = Record<string, number>;

/** Counts the calls that `f` makes; methods that were not called are left out. */
export async function callsDuring(gpu: GPUDevice, f: () => unknown): Promise<Counts> {
  const counts: Counts = {};
  const restore: (() => void)[] = [];
  const watch = (
    target: object,
    names: readonly string[],
    then: Record<string, (made: object) => void>,
  ): void => {
    for (const name of names) {
      const method = (target as Record<string, Method | undefined>)[name];
      if (!method) continue;
      Object.defineProperty(target, name, {
        configurable: true,
        value: (...args: unknown[]): unknown => {
          counts[name] = (counts[name] ?? 0) + 1;
          const made = method.apply(target, args);
          then[name]?.(made as object);
          return made;
        },
      });
      restore.push(() => Reflect.deleteProperty(target, name));
    }
  };
  const watchPass = (pass: object): void => watch(pass, PASS, {});
  const watchEncoder = (encoder: object): void => watch(encoder, ENCODER, { beginComputePass: watchPass });
  watch(gpu, DEVICE, { createCommandEncoder: watchEncoder });
  watch(gpu.queue, QUEUE, {});
  // Buffers of any age are mapped through their prototype.
  const probe = gpu.createBuffer({ size: 4, usage: 0x8 });
  delete counts["createBuffer"];
  const prototype = Object.getPrototypeOf(probe) as { mapAsync: Method };
  const original = prototype.mapAsync;
  probe.destroy();
  prototype.mapAsync = function (...args: unknown[]): unknown {
    counts["mapAsync"] = (counts["mapAsync"] ?? 0) + 1;
    return original.apply(this, args);
  };
  restore.push(() => (prototype.mapAsync = original));
  try {
    await f();
  } finally {
    for (const undo of restore) undo();
  }
  return counts;
}
