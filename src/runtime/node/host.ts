// What Node runs on, and what to do where Dawn finds no GPU there.

import { createRequire } from "node:module";

/** Node, its version and platform. */
export const engineName = (): string =>
  `Node ${process.versions.node} on ${process.platform} ${process.arch}`;

/** The version of npm's `webgpu`; undefined where it is not installed beside this library. */
export function webgpuVersion(): string | undefined {
  try {
    return (createRequire(import.meta.url)("webgpu/package.json") as { version: string }).version;
  } catch {
    return undefined;
  }
}

const DRIVERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    "Dawn needs Vulkan: the loader, and a driver for the GPU.",
    "Debian, Ubuntu: `apt install libvulkan1 mesa-vulkan-drivers` (AMD, Intel), or the `nvidia-driver` package (NVIDIA).",
    "Fedora: `dnf install vulkan-loader mesa-vulkan-drivers`. Arch: `pacman -S vulkan-icd-loader` with `vulkan-radeon`, `vulkan-intel` or `nvidia-utils`.",
    "In a container, pass the GPU on: `--device /dev/dri`, or `--gpus all -e NVIDIA_DRIVER_CAPABILITIES=all` (NVIDIA).",
  ],
  win32: ["Dawn needs Direct3D 12: update the driver of the GPU."],
  darwin: ["Dawn uses Metal, which a virtual machine or a remote session may lack."],
};

/** A line each. `wanted` is CHAINRULE_GPU. */
export function gpuAdvice(
  webgpu: string | undefined,
  platform = process.platform,
  wanted = process.env["CHAINRULE_GPU"],
): readonly string[] {
  if (webgpu === undefined) return ["In Node, WebGPU is npm's `webgpu`: `npm install webgpu`."];
  if (wanted === "software")
    return ["CHAINRULE_GPU=software asks for it. Without it, a GPU is looked for first."];
  return DRIVERS[platform] ?? [];
}
