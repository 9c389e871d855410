// The devices of the tests: one WebGPU device for all files of a worker, so that a kernel is compiled once, and the CPU.
// Where there is no adapter, opening rejects, and the tests fail.

import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import { openGpujs, type GpujsDevice } from "../../src/runtime/gpujs/gpujs_device.ts";
import { openWasm, type WasmDevice } from "../../src/runtime/wasm/wasm_device.ts";
import { openWebGpu, WebGpuDevice } from "../../src/runtime/webgpu/webgpu_device.ts";
import { plainGpu } from "./profiles.ts";

let wasm: Promise<WasmDevice> | undefined;
let gpujs: Promise<GpujsDevice> | undefined;

/** One for all, as the others are. */
export const wasmDevice = (): Promise<WasmDevice> => (wasm ??= openWasm("the tests asked for it"));
export const gpujsDevice = (): Promise<GpujsDevice> => (gpujs ??= openGpujs("the tests asked for it"));

export const cpuDevice = new CpuDevice("the tests' reference");

interface Counted {
  readonly pipelines: { readonly count: number };
}

const made: Counted[] = [];
let opened: Promise<WebGpuDevice> | undefined;
let planned: Promise<WebGpuDevice> | undefined;

/** Opened when a test first asks for it, and again after a test that ends it. Rejects with DeviceError without an adapter. */
export const webGpuDevice = (): Promise<WebGpuDevice> => (opened ??= open());

/** The same, but programs are planned for a GPU, whatever the adapter is. */
export const asGpuDevice = (): Promise<WebGpuDevice> => (planned ??= webGpuDevice().then(asGpu));

async function open(): Promise<WebGpuDevice> {
  const device = await openWebGpu();
  made.push(device);
  void device.gpu.lost.then(() => {
    opened = planned = undefined;
  });
  return device;
}

function asGpu({ gpu, reason }: WebGpuDevice): WebGpuDevice {
  const device = new WebGpuDevice(gpu, plainGpu, reason);
  made.push(device);
  return device;
}

/** What compiles beside them is told here. */
export const countPipelinesOf = (device: Counted): void => void made.push(device);

let told = 0;

/** Pipelines that these devices made since this was last asked. */
export function pipelinesMade(): number {
  const before = told;
  told = made.reduce((sum, { pipelines }) => sum + pipelines.count, 0);
  return told - before;
}
