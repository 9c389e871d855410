// Node: Dawn, from the npm package `webgpu`. A real GPU first; SwiftShader, a GPU emulated on the CPU, only where there
// is none or CHAINRULE_GPU=software asks for it.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { DeviceError } from "../../core/errors.ts";
import { isSoftware, type AdapterProvider } from "../webgpu/provider.ts";

/** Files of a software Vulkan driver: its manifest and a loader. */
export interface SoftwareVulkan {
  readonly icd: string;
  readonly loader: string;
}

let findSoftware: () => Promise<SoftwareVulkan | undefined> = async () => undefined;

/** Tells where SwiftShader is; asked only when it is needed. CHAINRULE_SWIFTSHADER (a folder) goes first. */
export function setSoftwareVulkan(find: () => Promise<SoftwareVulkan | undefined>): void {
  findSoftware = find;
}

// What create() gives owns the native instance: once it is collected, every adapter and device made from it crashes.
const alive = ((globalThis as Record<symbol, unknown>)[Symbol.for("chainrule.dawn")] ??= []) as GPU[];

const HOW = "Install a GPU driver with Vulkan, Metal or Direct3D 12, or use the CPU back end.";

export const dawnProvider: AdapterProvider = async () => {
  const want = process.env["CHAINRULE_GPU"] ?? "auto";
  if (!["auto", "hardware", "software"].includes(want))
    throw new DeviceError(`CHAINRULE_GPU is "${want}". Use auto, hardware or software.`);
  const { create } = await importDawn();
  const ask = async (): Promise<GPUAdapter | null> => {
    const gpu = create([]);
    alive.push(gpu);
    return gpu.requestAdapter({ powerPreference: "high-performance" });
  };
  const first = want === "software" ? null : await ask();
  if (first && !isSoftware(first)) return { adapter: first, reason: "Dawn found a GPU" };
  if (want === "hardware")
    throw new DeviceError(`webgpu: CHAINRULE_GPU=hardware, but Dawn found no GPU. ${HOW}`);
  const adapter = first ?? ((await loadSoftware()) ? await ask() : null);
  if (!adapter) throw new DeviceError(`webgpu: no GPU driver was found, and no software one. ${HOW}`);
  const why = want === "software" ? "CHAINRULE_GPU=software" : "no GPU was found";
  return { adapter, reason: `${why}, so a GPU emulated on the CPU` };
};

async function importDawn(): Promise<{ create(options: string[]): GPU }> {
  try {
    return await import("webgpu");
  } catch (error) {
    throw new DeviceError(
      "webgpu: the package `webgpu` is not installed. Run `npm install webgpu`, or use the CPU back end.",
      {
        cause: error,
      },
    );
  }
}

/** Puts the software driver into this process. Only Linux needs it. */
async function loadSoftware(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const folder = process.env["CHAINRULE_SWIFTSHADER"];
  const found = folder
    ? { icd: join(folder, "vk_swiftshader_icd.json"), loader: join(folder, "libvulkan.so.1") }
    : await findSoftware();
  if (!found || !existsSync(found.icd)) return false;
  // The main thread's environment only: a worker's is a copy that C does not see.
  process.env["VK_ICD_FILENAMES"] = process.env["VK_DRIVER_FILES"] = found.icd;
  const RTLD_NOW = 2;
  const RTLD_GLOBAL = 0x100;
  const RTLD_NODELETE = 0x1000;
  // Dawn looks for "libvulkan.so.1", and a library of that name that is already in the process is the one it gets.
  try {
    process.dlopen({ exports: {} }, found.loader, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
  } catch {
    // Always: it is no addon. NODELETE keeps it loaded all the same.
  }
  return true;
}
