// Where WebGPU comes from: the browser has it, Node gets it from a package. The entry for Node sets its own provider, so
// that the browser's bundle never meets an import of it.

import { DeviceError } from "../../core/errors.ts";

export interface Adapter {
  readonly adapter: GPUAdapter;
  /** Why this adapter, in words. */
  readonly reason: string;
}

/** Gives an adapter, or throws DeviceError with what was tried and what to do. */
export type AdapterProvider = () => Promise<Adapter>;

const browserProvider: AdapterProvider = async () => {
  const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (!gpu)
    throw new DeviceError(
      "webgpu: navigator.gpu is undefined. Use a browser with WebGPU, over https or on localhost.",
    );
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter)
    throw new DeviceError(
      "webgpu: the browser has WebGPU but offers no adapter. Turn on hardware acceleration, or update the driver.",
    );
  return {
    adapter,
    reason: isSoftware(adapter) ? "the browser offers a software adapter only" : "the browser offers a GPU",
  };
};

let provider = browserProvider;

/** Replaces where adapters come from, and gives what it replaces. */
export function setAdapterProvider(next: AdapterProvider): AdapterProvider {
  const before = provider;
  provider = next;
  return before;
}

export const requestAdapter: AdapterProvider = () => provider();

/** Drivers that compute on the CPU, not all of which own up to it: Chrome's, Mesa's, Windows's. */
const EMULATED = /swiftshader|llvmpipe|lavapipe|basic render/i;

/** True for a GPU that is emulated on the CPU. */
export const isSoftware = ({ info }: GPUAdapter): boolean =>
  EMULATED.test(`${info.architecture} ${info.device} ${info.description}`) ||
  (info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
