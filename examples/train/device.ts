// Where the network trains: on WebGPU unless told otherwise, even on a GPU that is emulated, since that is what this program
// is to show.

import {
  DeviceError,
  measureStep,
  openDevice,
  type Dataset,
  type Device,
  type OpenOptions,
  type TrainerOptions,
} from "chainrule";

/** `backend` is undefined where nobody asked for one. */
export async function openFor(backend: OpenOptions["backend"]): Promise<Device> {
  if (backend) return openDevice({ backend, fallback: () => import("chainrule/gpujs") });
  try {
    return await openDevice({ backend: "webgpu" });
  } catch (error) {
    if (error instanceof DeviceError) return openDevice();
    throw error;
  }
}

/** Says how much faster the network would train in WebAssembly, where it would. */
export async function fasterElsewhere(
  here: Device,
  options: TrainerOptions,
  train: Dataset,
): Promise<string | undefined> {
  if (here.backend === "wasm") return undefined;
  const there = await openDevice({ backend: "wasm" }).catch(() => undefined);
  if (!there) return undefined;
  try {
    const [long, short] = [await measureStep(here, options, train), await measureStep(there, options, train)];
    if (short > 0.8 * long) return undefined;
    const times = `${long.toPrecision(2)} ms on ${here.backend}, ${short.toPrecision(2)} ms on the CPU in WebAssembly`;
    return `a step of this network takes ${times}: try --backend wasm`;
  } finally {
    there.dispose();
  }
}
