// TensorFlow.js on its WebAssembly back end, with what of SIMD and threads the engine has.

import plain from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url&inline";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url&inline";
import threaded from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url&inline";
import type { Library } from "../contender.ts";
import { trainingOn, useBackend, type TensorFlow } from "./tensorflow.ts";

/** The library, and what a report calls its back end. */
export async function openTensorFlowWasm(): Promise<{ readonly tf: TensorFlow; readonly label: string }> {
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  // Data URLs where the program is one file, else addresses: fetch takes both.
  wasm.setWasmPaths(
    {
      "tfjs-backend-wasm.wasm": plain,
      "tfjs-backend-wasm-simd.wasm": simd,
      "tfjs-backend-wasm-threaded-simd.wasm": threaded,
    },
    true,
  );
  const tf = await useBackend("wasm");
  const has = async (flag: string): Promise<boolean> => Boolean(await tf.env().getAsync(flag));
  if (!(await has("WASM_HAS_SIMD_SUPPORT"))) return { tf, label: "wasm" };
  const threads = (await has("WASM_HAS_MULTITHREAD_SUPPORT")) ? wasm.getThreadsCount() : 1;
  return { tf, label: threads > 1 ? `wasm (SIMD, ${threads} threads)` : "wasm (SIMD)" };
}

export async function tensorflowWasm(): Promise<Library> {
  const { tf, label } = await openTensorFlowWasm();
  return trainingOn(tf, label, undefined);
}
