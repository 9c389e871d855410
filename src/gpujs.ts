// The entry `chainrule/gpujs`: gpu.js as a back end, for machines without WebGPU.
// openDevice({ backend: "gpujs", fallback: () => import("chainrule/gpujs") })

import type { Device } from "./runtime/device.ts";
import { openGpujs } from "./runtime/gpujs/gpujs_device.ts";

/** Throws DeviceError where gpu.js is not installed, or computes nothing here. */
export const open = (reason: string): Promise<Device> => openGpujs(reason);
