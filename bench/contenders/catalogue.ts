// Who takes part, by the name that the command line gives them. The first one chosen is what the others are compared to.

import type { Contestant } from "../contestant.ts";
import { brain } from "./brain.ts";
import { chainrule } from "./chainrule.ts";
import { jax } from "./jax.ts";
import { tensorflowWasm } from "./tensorflow_wasm.ts";
import { tensorflowWebgl } from "./tensorflow_webgl.ts";
import { tensorflowWebgpu } from "./tensorflow_webgpu.ts";

const source = (file: string): string => `bench/contenders/${file}`;

/** Those that run in Node and in a page. */
export const catalogue: Readonly<Record<string, Contestant>> = {
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
  "tfjs-wasm": {
    title: "TensorFlow.js wasm",
    source: source("tensorflow_wasm.ts"),
    load: tensorflowWasm,
  },
  jax: { title: "jax-js", source: source("jax.ts"), load: jax },
  brain: { title: "brain.js", source: source("brain.ts"), load: brain },
};
