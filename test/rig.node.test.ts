import { test } from "vitest";
import { create } from "webgpu";
import { swiftshader } from "../tools/software.mjs";
import { expectCompiles } from "./rig.ts";

// Dawn's objects die with what create() returned; see that it outlives the test.
const alive: GPU[] = [];

function requestAdapter(): Promise<GPUAdapter | null> {
  const gpu = create([]);
  alive.push(gpu);
  return gpu.requestAdapter();
}

async function softwareAdapter(): Promise<GPUAdapter | null> {
  const vulkan = await swiftshader();
  if (!vulkan) return null;
  process.env["VK_ICD_FILENAMES"] = process.env["VK_DRIVER_FILES"] = vulkan.icd;
  const now = 2;
  const global = 0x100;
  const noDelete = 0x1000;
  try {
    process.dlopen({ exports: {} }, vulkan.loader, now | global | noDelete);
  } catch {
    // it is no Node addon, and says so; loaded it stays, and Dawn finds it by its name
  }
  return requestAdapter();
}

test("Node has a WebGPU device", async () => {
  const real = process.env["CHAINRULE_GPU"] === "software" ? null : await requestAdapter();
  await expectCompiles(real ?? (await softwareAdapter()));
});
