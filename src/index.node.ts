// The entry for Node: the same surface, with Dawn as the source of WebGPU, and what else a page has: workers, and storage.

import { fileStorage } from "./runtime/node/cache_storage.ts";
import { dawnProvider } from "./runtime/node/dawn.ts";
import { nodeWorker } from "./runtime/node/node_worker.ts";
import { setOwnStorage } from "./runtime/storage.ts";
import { setAdapterProvider } from "./runtime/webgpu/provider.ts";
import { setSpawnWorker } from "./runtime/workers.ts";

setAdapterProvider(dawnProvider);
setSpawnWorker(nodeWorker);
setOwnStorage(() => fileStorage());

export * from "./index.ts";
export { dawnProvider, setSoftwareVulkan, type SoftwareVulkan } from "./runtime/node/dawn.ts";
