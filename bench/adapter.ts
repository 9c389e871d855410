// One adapter for all contenders: Dawn's, handed to chainrule by its own provider and to the others as navigator.gpu.

import { dawnProvider, setSoftwareVulkan } from "chainrule";
import { globals } from "webgpu";
import { swiftshader } from "../tools/software.mjs";

export interface AdapterFacts {
  /** As the driver calls it. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** True for a GPU that is emulated on the CPU. */
  readonly software: boolean;
  /** Why this adapter, in words. */
  readonly reason: string;
}

/** Gives every contender the same source of adapters. To be called before the others are imported. */
export async function shareAdapter(): Promise<AdapterFacts> {
  setSoftwareVulkan(swiftshader);
  // The constants and classes that a page has, which libraries for the browser expect: GPUBufferUsage, GPUMapMode, …
  Object.assign(globalThis, globals);
  const gpu = { requestAdapter: async () => (await dawnProvider()).adapter };
  // Node has a navigator from version 21 on, read-only.
  const { navigator = {} } = globalThis as { navigator?: object };
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  // jax-js asks it for the browser's name.
  if (!("userAgent" in navigator))
    Object.defineProperty(navigator, "userAgent", { value: `Node.js/${process.versions.node}` });
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });

  const { adapter, reason } = await dawnProvider();
  const { vendor, architecture, description, device } = adapter.info;
  const fallback = (adapter.info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  return {
    name: description || device || "unnamed adapter",
    vendor,
    architecture,
    software: fallback || architecture === "swiftshader",
    reason,
  };
}
