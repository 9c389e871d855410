import { expect } from "vitest";

const code = `
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { x[id.x] *= 2.0; }
`;

/** The least that every other test needs: a device that compiles WGSL, and refuses what is not. */
export async function expectCompiles(adapter: GPUAdapter | null): Promise<void> {
  if (!adapter) throw new Error("no WebGPU adapter");
  const device = await adapter.requestDevice();
  const messages = async (wgsl: string) => {
    device.pushErrorScope("validation");
    const info = await device.createShaderModule({ code: wgsl }).getCompilationInfo();
    await device.popErrorScope();
    return info.messages.filter((m) => m.type === "error").map((m) => m.lineNum);
  };
  expect(await messages(code)).toEqual([]);
  expect(await messages(code.replace("id.x", "id.q"))).toEqual([3]);
  device.destroy();
}
