// What a device does at best: on one whose times are known, and once on the one that is there.

import { expect, test } from "vitest";
import { ceilingsOf } from "../../src/inspect/ceilings.ts";
import { webGpuDevice } from "../support/device.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { timedDevice, type Rule } from "../support/timed_device.ts";

const MEBIBYTE = 2 ** 20;

/** 2 TFLOP/s, 100 GB/s and thrice that out of a cache of 8 MiB; 5 µs for each launch. */
const known: Rule = ({ kernel }, { buffers }) => {
  const bytes = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const rate = kernel.shader.name.startsWith("matmul") ? Infinity : bytes > 8 * MEBIBYTE ? 100e6 : 300e6;
  return 0.005 + kernel.flops / 2e9 + bytes / rate;
};

test("a GPU's rates are those of its largest products and of sums that no cache holds", async () => {
  const device = timedDevice(plainGpu, known);
  const { gigaflopsPerSecond, gigabytesPerSecond } = await ceilingsOf(device);
  expect(gigaflopsPerSecond).toBeGreaterThan(1990);
  expect(gigaflopsPerSecond).toBeLessThan(2000);
  expect(gigabytesPerSecond).toBeGreaterThan(98);
  expect(gigabytesPerSecond).toBeLessThan(100);
  expect(device.kept.size).toBe(0);
});

test("they are measured once a device, and again after a failure", async () => {
  let broken = true;
  const device = timedDevice(plainSoftware, (dispatch, plan) => {
    if (broken) throw new Error("lost");
    return known(dispatch, plan);
  });
  await expect(ceilingsOf(device)).rejects.toThrow("lost");
  expect(device.kept.size).toBe(0);
  broken = false;
  const [one, same] = await Promise.all([ceilingsOf(device), ceilingsOf(device)]);
  expect(same).toBe(one);
  const runs = device.timed.length;
  expect(await ceilingsOf(device)).toBe(one);
  expect(device.timed.length).toBe(runs);
});

test("sizes stop growing where a run takes long", async () => {
  const times = async (slower: number): Promise<number> => {
    const device = timedDevice(plainGpu, (dispatch, plan) => slower * known(dispatch, plan));
    await ceilingsOf(device);
    return device.prepared.length;
  };
  expect(await times(1)).toBe(5 + 3);
  // 22 ms for the smallest product, 0.13 s for the smallest sum.
  expect(await times(1000)).toBe(1 + 1);
});

test("the adapter that is there has both", async () => {
  const { gigaflopsPerSecond, gigabytesPerSecond } = await ceilingsOf(await webGpuDevice());
  for (const rate of [gigaflopsPerSecond, gigabytesPerSecond]) {
    expect(rate).toBeGreaterThan(0);
    expect(rate).toBeLessThan(1e6);
  }
});
