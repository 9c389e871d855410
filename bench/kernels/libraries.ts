// Who takes part, by the name that the command line gives them. The first one chosen is what the others are compared to.

import { chainrule } from "./chainrule.ts";
import type { KernelLibrary } from "./contender.ts";
import { gpujs } from "./gpujs.ts";
import { jax } from "./jax.ts";
import { tensorflow } from "./tensorflow.ts";

export const kernelLibraries: Readonly<Record<string, () => Promise<KernelLibrary>>> = {
  chainrule,
  "tfjs-webgpu": tensorflow,
  jax,
  gpujs,
};
