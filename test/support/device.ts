// The devices of a test file: one WebGPU device, opened when a test first asks for it, and the CPU. Where there is no
// adapter, opening rejects, and the tests fail.

import { afterAll } from "vitest";
import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import { openWebGpu, WebGpuDevice } from "../../src/runtime/webgpu/webgpu_device.ts";
import { plainGpu } from "./profiles.ts";

export const cpuDevice = new CpuDevice("the tests' reference");

let opened: Promise<WebGpuDevice> | undefined;

/** The file's WebGPU device. Rejects with DeviceError where there is no adapter. */
export const webGpuDevice = (): Promise<WebGpuDevice> => (opened ??= openWebGpu());

let planned: Promise<WebGpuDevice> | undefined;

/** The same, but programs are planned for a GPU, whatever the adapter is. */
export const asGpuDevice = (): Promise<WebGpuDevice> =>
  (planned ??= webGpuDevice().then(({ gpu, reason }) => new WebGpuDevice(gpu, plainGpu, reason)));

// The runner reads this callback's parameters: the first must be a pattern.
// oxlint-disable-next-line no-empty-pattern
afterAll(async ({}, suite) => {
  if (!opened) return;
  const device = await opened;
  const second = (await planned)?.pipelines.count ?? 0;
  suite.meta.pipelines = (suite.meta.pipelines ?? 0) + device.pipelines.count + second;
  device.dispose();
});
