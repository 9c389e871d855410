// Where functions end: overflow, poles, kinks, ties, infinities and NaN. Numbers come in buffers: a shader may assume that
// none of its own constants is infinite, and of exp(NaN) or log(0) promises nothing (WGSL specification, "Floating point
// evaluation"), so those are the CPU's alone.

import { describe, expect, test } from "vitest";
import { tensor } from "../../src/core/host_tensor.ts";
import type { Device } from "../../src/runtime/device.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { grad } from "../../src/trace/transform.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { numbersOn, runOn } from "../support/run_on.ts";

/** f and its slope, one kernel for both. */
const both =
  (f: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor[] => [f(x), grad((x: Tensor) => f(x).sum())(x)];

const backends: readonly (readonly [string, () => Promise<Device>])[] = [
  ["cpu", async () => cpuDevice],
  ["wasm", wasmDevice],
  ["gpujs", gpujsDevice],
  ["webgpu", webGpuDevice],
];

describe.each(backends)("%s", (_, open) => {
  const valuesOn = async (f: (x: Tensor) => Tensor, ...x: number[]): Promise<number[]> =>
    numbersOn(await open(), f, tensor(x));
  const on = async (f: (x: Tensor) => Tensor, ...x: number[]): Promise<number[]> =>
    numbersOn(await open(), both(f), tensor(x));
  const slopeOn = async (f: (x: Tensor) => Tensor, ...x: number[]): Promise<number[]> =>
    Array.from((await runOn(await open(), both(f), tensor(x)))[1]?.data ?? []);
  const large = [88.5, 1e4, 3e38, Infinity];
  const small = large.map((x) => -x);

  test("sigmoid goes to 0 and 1, its slope to 0, and keeps NaN", async () => {
    expect(await on((x) => x.sigmoid(), ...large)).toEqual([1, 1, 1, 1]);
    for (const y of await on((x) => x.sigmoid(), ...small)) expect(Math.abs(y)).toBeLessThan(1e-38);
    expect(await on((x) => x.sigmoid(), 0, NaN)).toEqual([0.5, NaN]);
    for (const dy of await slopeOn((x) => x.sigmoid(), ...large, ...small))
      expect(Math.abs(dy)).toBeLessThan(1e-38);
    expect(await slopeOn((x) => x.sigmoid(), 0, NaN)).toEqual([0.25, NaN]);
  });

  test("tanh goes to ±1, its slope to 0, and keeps NaN", async () => {
    expect(await on((x) => x.tanh(), ...large, ...small, 0)).toEqual([1, 1, 1, 1, -1, -1, -1, -1, 0]);
    expect(await slopeOn((x) => x.tanh(), ...large, ...small, 0)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(await on((x) => x.tanh(), NaN, 0)).toEqual([NaN, 0]);
  });

  test("exp underflows to 0 and overflows to infinity", async () => {
    for (const y of await on((x) => x.exp(), ...small)) expect(Math.abs(y)).toBeLessThan(1e-38);
    const [near = 0, ...far] = await on((x) => x.exp(), ...large);
    // e^88.5 is 2.7e38, of which 3 + 2·88.5 ULP are 2e-5.
    expect(Math.abs(near / Math.exp(88.5) - 1)).toBeLessThan(180 * 2 ** -23);
    expect(far).toEqual([Infinity, Infinity, Infinity]);
    expect(await on((x) => x.exp(), 0, -0)).toEqual([1, 1]);
  });

  test("relu keeps NaN and infinity; its slope at 0 is 0", async () => {
    expect(await on((x) => x.relu(), NaN, Infinity, -Infinity, 3e38, 0)).toEqual(
      [NaN, Infinity, 0, 3e38, 0].map(Math.fround),
    );
    expect(await slopeOn((x) => x.relu(), -1, 0, 1, Infinity)).toEqual([0, 0, 1, 1]);
  });

  test("abs has the slope 0 at 0", async () => {
    expect(await on((x) => x.abs(), -Infinity, NaN, -2)).toEqual([Infinity, NaN, 2]);
    expect(await slopeOn((x) => x.abs(), -2, 0, 2)).toEqual([-1, 0, 1]);
  });

  test("log of 0 is below that of every normal number, sqrt of 0 is 0, 1/0 is ∞ and 0/0 is NaN", async () => {
    const [pole = NaN, ...others] = await on((x) => x.log(), 0, 1, Infinity);
    // WGSL does not promise −∞: a software adapter gives −88.03, the logarithm of 2⁻¹²⁷.
    expect(pole).toBeLessThan(Math.log(2 ** -126));
    expect(others).toEqual([0, Infinity]);
    expect(await on((x) => x.sqrt(), 0, Infinity)).toEqual([0, Infinity]);
    expect(await valuesOn((x) => x.div(x.sub(x)), 1, -1, 0)).toEqual([Infinity, -Infinity, NaN]);
    expect(await slopeOn((x) => x.sqrt(), 0, 1)).toEqual([Infinity, 0.5]);
    expect(await slopeOn((x) => x.log(), 0, 4)).toEqual([Infinity, 0.25]);
  });

  test("ties of max and min share the gradient equally", async () => {
    expect(await slopeOn((x) => x.max(), 3, 1, 3, 2)).toEqual([0.5, 0, 0.5, 0]);
    expect(await slopeOn((x) => x.min(), 3, 1, 1, 1)).toEqual([0, 1 / 3, 1 / 3, 1 / 3].map(Math.fround));
    expect(await on((x) => x.max(), -Infinity, -3e38)).toEqual([Math.fround(-3e38)]);
    expect(await on((x) => x.max(), -Infinity, -Infinity)).toEqual([-Infinity]);
    expect(await on((x) => x.min(), Infinity, Infinity)).toEqual([Infinity]);
  });

  test("softmax of huge numbers is finite", async () => {
    expect(await valuesOn((x) => x.softmax(), 3e38, -3e38, 3e38)).toEqual([0.5, 0, 0.5]);
    expect(await valuesOn((x) => x.softmax(), -1e4, -1e4 - 200)).toEqual([1, 0]);
    expect(await valuesOn((x) => x.logSoftmax(), 1e4, -1e4)).toEqual([0, -2e4]);
  });
});

test("on the CPU, exp and log keep NaN, and log of 0 is −∞", async () => {
  expect(await numbersOn(cpuDevice, (x) => x.exp(), tensor([NaN]))).toEqual([NaN]);
  expect(await numbersOn(cpuDevice, (x) => x.log(), tensor([NaN, 0, -1]))).toEqual([NaN, -Infinity, NaN]);
});
