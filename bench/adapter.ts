// One adapter for all contenders: Dawn's, handed to chainrule by its own provider and to the others as navigator.gpu.

import { dawnProvider, setSoftwareVulkan } from "chainrule";
import { globals } from "webgpu";
import { swiftshader } from "../tools/software.mjs";
import { factsOf, type AdapterFacts } from "./adapter_facts.ts";
import type { Place } from "./place.ts";

export type { AdapterFacts };

/** What contenders of a place share; undefined where they use no adapter. To be called before they are imported. */
export const adapterFor = async (place: Place): Promise<AdapterFacts | undefined> =>
  place === "gpu" ? shareAdapter() : undefined;

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
  return factsOf(adapter, reason);
}
