// A network of 3-4-2 units, five examples, and the bound within which a device must agree with f64 loops.

import { tensor, type HostTensor, type Nested } from "../../src/core/host_tensor.ts";
import type { Device } from "../../src/runtime/device.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import type { Network } from "./closed_forms.ts";

export const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["the CPU", async () => cpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
  ["WebGPU", webGpuDevice],
];

/** Multiples of 1/16: exact in f32. */
export const network: Network = {
  v: [
    [0.5, -0.25, 0.75, -1],
    [-0.125, 0.625, 0.25, 0.5],
    [1, 0.375, -0.5, 0.0625],
  ],
  gamma: [0.125, -0.25, 0.5, -0.0625],
  w: [
    [0.75, -0.5],
    [-1, 0.25],
    [0.375, 0.875],
    [0.5, -0.125],
  ],
  theta: [-0.1875, 0.3125],
};

export const xs = [
  [1, -0.5, 0.25],
  [0.75, 0.5, -1],
  [-0.25, 0.125, 0.5],
  [0, 1, -0.375],
  [-1, -0.75, 0.625],
];
export const ys = [
  [1, 0],
  [0, 1],
  [0.5, 0.25],
  [1, 1],
  [0, 0],
];

/** Sums of at most 5 terms below 1, and two sigmoids, each right to some 4 units in the last place of 1. */
export const BOUND = 4e-6;

export const host = (source: Nested): HostTensor => tensor(source);

/** The model's parameters, by its names. */
export interface Params<Leaf> {
  readonly 0: { readonly weight: Leaf; readonly threshold: Leaf };
  readonly 2: { readonly weight: Leaf; readonly threshold: Leaf };
  readonly [layer: string]: { readonly weight: Leaf; readonly threshold: Leaf };
}

export const paramsOf = ({ v, gamma, w, theta }: Network): Params<HostTensor> => ({
  0: { weight: host(v), threshold: host(gamma) },
  2: { weight: host(w), threshold: host(theta) },
});
