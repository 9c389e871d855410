// The same on gpu.js, which its user installs.

import { trainXor } from "./xor.mjs";

export const trainXorOnGpujs = () => trainXor("gpujs", () => import("chainrule/gpujs"));
