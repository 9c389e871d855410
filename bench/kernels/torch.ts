// The kernels as PyTorch runs them on CUDA, eagerly, in a Python process of its own.

import type { HostTensor } from "chainrule";
import type { Lines } from "../contenders/lines.ts";
import { openTorch, pack, PYTHON, queueOf, unpack, type Packed } from "../contenders/torch_process.ts";
import type { KernelContender, KernelLibrary } from "./contender.ts";
import { EPSILON, type KernelProblem } from "./problem.ts";

/** Throws Absent where there is no Python, no torch or no CUDA. */
export async function torchCuda(python = PYTHON): Promise<KernelLibrary> {
  const { lines, version, backend } = await openTorch("cuda", python);
  let made = 0;
  return {
    name: "PyTorch",
    version,
    backend,
    api: undefined,
    can: () => true,
    create: (problem) => create(lines, made++, problem),
  };
}

async function create(lines: Lines, id: number, { kernel, inputs }: KernelProblem): Promise<KernelContender> {
  await lines.ask({ do: "create_kernel", id, kernel, inputs: inputs.map(pack), epsilon: EPSILON });
  const { add, finish } = queueOf(lines, id);
  return {
    run: add,
    first: finish,
    async result(): Promise<HostTensor> {
      await finish();
      return unpack(await lines.ask<Packed>({ do: "result", id }));
    },
    async deviceTime() {
      const { milliseconds } = await lines.ask<{ milliseconds: number | null }>({ do: "device_time", id });
      return milliseconds ?? undefined;
    },
    async dispose() {
      await lines.ask({ do: "dispose", id });
    },
  };
}
