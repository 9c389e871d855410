// Shaders as text: what the compiler says of them, and what they declare.

import { textOf } from "../../src/graph/kernel.ts";
import { specialize } from "../../src/runtime/webgpu/specialize.ts";
import type { WebGpuDevice } from "../../src/runtime/webgpu/webgpu_device.ts";
import type { Plan } from "../../src/plan/plan.ts";

/** The files of shaders/ as they lie on disk, by their path there. */
export const shaderFiles: ReadonlyMap<string, string> = new Map(
  Object.entries(
    import.meta.glob<string>("../../shaders/**/*.wgsl", { query: "?raw", import: "default", eager: true }),
  ).map(([path, text]) => [path.replace("../../shaders/", ""), text]),
);

/** Every message about a module, warnings too, with its line. */
export async function messagesOf({ gpu }: WebGpuDevice, code: string): Promise<string[]> {
  gpu.pushErrorScope("validation");
  const info = await gpu.createShaderModule({ code }).getCompilationInfo();
  await gpu.popErrorScope();
  const lines = code.split("\n");
  return info.messages.map(({ type, lineNum, message }) => `${type}: ${message} in "${lines[lineNum - 1]}"`);
}

/** The messages about a plan's kernels, each text once. */
export async function messagesOfPlan(
  device: WebGpuDevice,
  plan: Plan,
  seen = new Set<string>(),
): Promise<string[]> {
  const found: string[] = [];
  for (const { kernel } of plan.dispatches) {
    const code = specialize(await textOf(kernel.shader), kernel);
    if (seen.has(code)) continue;
    seen.add(code);
    found.push(...(await messagesOf(device, code)));
  }
  return found;
}

export interface Declared {
  readonly binding: number;
  /** Storage access, or "uniform". */
  readonly access: string;
  readonly name: string;
}

/** The bindings that a text declares, in order. */
export const declaredIn = (text: string): Declared[] =>
  [...text.matchAll(/^@group\(0\) @binding\((\d+)\) var<(?:storage, )?(\w+)> (\w+):/gm)].map(
    ([, binding, access = "", name = ""]) => ({ binding: Number(binding), access, name }),
  );

/** The text of a slot, and the file without it. */
export function splitSlot(text: string, slot: string): { inside: string; outside: string } {
  const found = new RegExp(`^ *// @slot ${slot}\\n([\\s\\S]*?)^ *// @end\\n`, "m").exec(text);
  return { inside: found?.[1] ?? "", outside: found ? text.replace(found[0], "") : text };
}

/** Fields of the uniform: [name, type]. */
export function fieldsOf(text: string): (readonly [string, string])[] {
  const body = /struct Params \{([\s\S]*?)\n\}/.exec(text)?.[1] ?? "";
  return [...body.matchAll(/^ *(\w+): ([\w<>]+),$/gm)].map(
    ([, name = "", type = ""]) => [name, type] as const,
  );
}
