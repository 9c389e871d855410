// The entry for Node: the same surface, with Dawn as the source of WebGPU.

import { dawnProvider } from "./runtime/node/dawn.ts";
import { setAdapterProvider } from "./runtime/webgpu/provider.ts";

setAdapterProvider(dawnProvider);

export * from "./index.ts";
export { dawnProvider, setSoftwareVulkan, type SoftwareVulkan } from "./runtime/node/dawn.ts";
