// Who takes part, by the name that the command line gives them. The first one chosen is what the others are compared to.

import type { Contestant } from "../contestant.ts";
import type { ByPlace } from "../place.ts";
import { brain } from "./brain.ts";
import { chainrule } from "./chainrule.ts";
import { chainruleWasm } from "./chainrule_wasm.ts";
import { jax, jaxOn } from "./jax.ts";
import { tensorflowWasm } from "./tensorflow_wasm.ts";
import { tensorflowWebgl } from "./tensorflow_webgl.ts";
import { tensorflowWebgpu } from "./tensorflow_webgpu.ts";

const source = (file: string): string => `bench/contenders/${file}`;

const tfjsWasm: Contestant = {
  title: "TensorFlow.js wasm",
  source: source("tensorflow_wasm.ts"),
  load: tensorflowWasm,
};
const brainJs: Contestant = { title: "brain.js", source: source("brain.ts"), load: brain };

/** Those that run in Node and in a page. */
export const catalogue: ByPlace<Contestant> = {
  gpu: {
    chainrule: { title: "chainrule", source: source("chainrule.ts"), load: chainrule },
    "tfjs-webgpu": {
      title: "TensorFlow.js webgpu",
      source: source("tensorflow_webgpu.ts"),
      load: tensorflowWebgpu,
    },
    "tfjs-webgl": {
      title: "TensorFlow.js webgl",
      source: source("tensorflow_webgl.ts"),
      load: tensorflowWebgl,
    },
    "tfjs-wasm": tfjsWasm,
    jax: { title: "jax-js", source: source("jax.ts"), load: jax },
    brain: brainJs,
  },
  cpu: {
    chainrule: { title: "chainrule", load: () => chainruleWasm(1) },
    "chainrule-threads": { title: "chainrule with two threads", load: () => chainruleWasm(2) },
    jax: { title: "jax-js", load: () => jaxOn("wasm") },
    "tfjs-wasm": tfjsWasm,
    brain: brainJs,
  },
};
