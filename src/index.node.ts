// The entry for Node: the same surface, with Dawn as the source of WebGPU.

import { dawnProvider } from "./runtime/node/dawn.ts";
import { nodeWorker } from "./runtime/node/node_worker.ts";
import { setAdapterProvider } from "./runtime/webgpu/provider.ts";
import { setSpawnWorker } from "./runtime/workers.ts";

setAdapterProvider(dawnProvider);
setSpawnWorker(nodeWorker);

export * from "./index.ts";
export { dawnProvider, setSoftwareVulkan, type SoftwareVulkan } from "./runtime/node/dawn.ts";
