// TensorFlow.js on its webgl back end, in a page.

import type { Library } from "../contender.ts";
import { Absent } from "../contestant.ts";
import { webgl } from "../webgl.ts";
import { trainingOn, useBackend } from "./tensorflow.ts";

export async function tensorflowWebgl(): Promise<Library> {
  if (typeof WebGL2RenderingContext === "undefined")
    throw new Absent("there is no WebGL here; npm run bench:browser has it");
  return trainingOn(await useBackend("webgl"), "webgl", webgl);
}
