// TensorFlow.js on its webgpu back end.

import type { Library } from "../contender.ts";
import { webgpu } from "../webgpu.ts";
import { trainingOn, useBackend, type TensorFlow } from "./tensorflow.ts";

/** Needs navigator.gpu, and asks for it when it is imported. */
export async function openTensorFlow(): Promise<TensorFlow> {
  await import("@tensorflow/tfjs-backend-webgpu");
  return useBackend("webgpu");
}

export const tensorflowWebgpu = async (): Promise<Library> =>
  trainingOn(await openTensorFlow(), "webgpu", webgpu);
