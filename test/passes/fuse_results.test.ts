// What fused kernels compute, where a merge would have no kernel: each case was wrong once.

import { expect, test } from "vitest";
import { hostTensor, tensor, zeros, type HostTensor } from "../../src/core/host_tensor.ts";
import type { Tree } from "../../src/core/tree.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { runOn } from "../support/run_on.ts";

const u32 = (...numbers: readonly number[]): HostTensor =>
  hostTensor(Uint32Array.from(numbers), [numbers.length]);

const x = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);
const g = tensor([
  [1, 10],
  [2, 20],
  [3, 30],
]);
const w = tensor([
  [1, 2],
  [3, 4],
]);

type Case = readonly [
  title: string,
  f: (...x: Tensor[]) => Tree<Tensor>,
  inputs: readonly HostTensor[],
  want: readonly (readonly number[])[],
];

const cases: readonly Case[] = [
  [
    "the sums of one matrix's columns twice, as a vector and as a row, beside one product",
    (x, g) => (x && g ? [x.transpose().matmul(g), g.sum(0), g.sum(0, true).mul(2)] : []),
    [x, g],
    [
      [22, 220, 28, 280],
      [6, 60],
      [12, 120],
    ],
  ],
  [
    "the sums of columns beside a product without elements",
    (x, g) => (x && g ? [x.transpose().matmul(g), g.sum(0)] : []),
    [zeros([3, 0]), g],
    [[], [6, 60]],
  ],
  [
    "a product with rows of picked rows",
    (x, i, j, w) => (x && i && j && w ? x.gather(i).gather(j).matmul(w) : []),
    [x, u32(2, 1, 0), u32(0, 2), w],
    [[23, 34, 7, 10]],
  ],
  [
    "a product with rows whose numbers were picked",
    (x, i, j, w) => (x && i && j && w ? x.gather(i.gather(j)).matmul(w) : []),
    [x, u32(2, 1, 0), u32(0, 2), w],
    [[23, 34, 7, 10]],
  ],
];

test.each(cases)("%s", async (_, f, inputs, want) => {
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()])
    expect((await runOn(device, f, ...inputs)).map(({ data }) => Array.from(data))).toEqual(want);
});
