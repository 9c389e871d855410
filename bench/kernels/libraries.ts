// Who takes part, by the name that the command line gives them. The first one chosen is what the others are compared to.

import type { ByPlace } from "../place.ts";
import { chainrule, chainruleWasm } from "./chainrule.ts";
import type { KernelLibrary } from "./contender.ts";
import { gpujs } from "./gpujs.ts";
import { jaxOn } from "./jax.ts";
import { tensorflowWasm, tensorflowWebgpu } from "./tensorflow.ts";
import { torchCuda } from "./torch.ts";

export const kernelLibraries: ByPlace<() => Promise<KernelLibrary>> = {
  gpu: {
    chainrule,
    "tfjs-webgpu": tensorflowWebgpu,
    jax: () => jaxOn("webgpu"),
    gpujs,
    "torch-cuda": torchCuda,
  },
  cpu: {
    chainrule: () => chainruleWasm(1),
    "chainrule-threads": () => chainruleWasm(2),
    jax: () => jaxOn("wasm"),
    "tfjs-wasm": tensorflowWasm,
  },
};
