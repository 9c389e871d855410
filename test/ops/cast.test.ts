import { expect, test } from "vitest";
import { hostTensor, tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import type { ComputedDType } from "../../src/core/dtype.ts";
import { cast } from "../../src/ops/cast.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { grad } from "../../src/trace/transform.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { opContract } from "../support/op_contract.ts";
import { numbersOn, runOn } from "../support/run_on.ts";
import { bools, indices, uniform } from "../support/values.ts";

// Numbers that both types have: exact.
opContract(cast, {
  cases: [
    { shapes: [[67]], attrs: { dtype: "f32" } },
    { shapes: [[]], attrs: { dtype: "f32" } },
    { shapes: [[0, 3]], attrs: { dtype: "i32" } },
    { shapes: [[2, 1, 5, 13]], attrs: { dtype: "i32" }, domains: [uniform(-1000, 1000)] },
    { shapes: [[67]], attrs: { dtype: "u32" }, domains: [uniform(0, 1000)] },
    { shapes: [[67]], attrs: { dtype: "bool" } },
    { title: "u32 to f32", shapes: [[67]], attrs: { dtype: "f32" }, domains: [indices(2 ** 24)] },
    { title: "i32 to u32", shapes: [[67]], attrs: { dtype: "u32" }, domains: [indices(99, "i32")] },
    { title: "bool to f32", shapes: [[67]], attrs: { dtype: "f32" }, domains: [bools] },
  ],
});

const edges: readonly (readonly [from: HostTensor, to: ComputedDType, want: readonly number[]])[] = [
  [tensor([-1.9, -0.5, -0, 0, 0.5, 1.9]), "i32", [-1, 0, 0, 0, 0, 1]],
  // towards zero, and no further down: WGSL and the reference clamp
  [tensor([-3.7, -0.5, 0.9, 3.7, 4e9]), "u32", [0, 0, 0, 3, 4_000_000_000]],
  // the ends of the range, as far as f32 holds them
  [tensor([3e9, -3e9, 1e20]), "i32", [2_147_483_520, -2_147_483_648, 2_147_483_520]],
  [tensor([5e9, 1e20, -7]), "u32", [4_294_967_040, 4_294_967_040, 0]],
  // the same bits
  [hostTensor(Int32Array.of(-1, 2), [2]), "u32", [4_294_967_295, 2]],
  [hostTensor(Uint32Array.of(3_000_000_000, 2), [2]), "i32", [-1_294_967_296, 2]],
  [tensor([-1, -0, 0, 1e-30, 2]), "bool", [1, 0, 0, 1, 1]],
  [hostTensor(Int32Array.of(-2, 0, 7), [3]), "f32", [-2, 0, 7]],
  [hostTensor(Int32Array.of(-2, 0, 7), [3]), "bool", [1, 0, 1]],
  [hostTensor(Uint32Array.of(0, 1), [2], "bool"), "i32", [0, 1]],
];

test.each(edges)("negative and fractional numbers: case %#", async (from, to, want) => {
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()]) {
    const [got] = await runOn(device, (x) => x.cast(to), from);
    expect(got?.dtype).toBe(to);
    expect(Array.from(got?.data ?? [], (x) => x + 0)).toEqual(want);
  }
});

test("no gradient flows through a whole number", async () => {
  const f = (x: Tensor): Tensor => x.cast("i32").cast("f32").mul(x).sum();
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()])
    expect(await numbersOn(device, grad(f) as never, tensor([1.5, -2.5]))).toEqual([1, -2]);
});
