// What is kept, and what is not.

import { expect, test } from "vitest";
import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import { cachedPromise } from "../../src/train/cached.ts";
import { examples, onlyReport, trainerOf } from "./networks.ts";

test("what is made once is kept, what failed is made again", async () => {
  const map = new Map<string, Promise<number>>();
  let made = 0;
  const make = async (): Promise<number> => {
    if (++made === 1) throw new Error("the first fails");
    return made;
  };
  await expect(cachedPromise(map, "a", make)).rejects.toThrow("the first fails");
  expect([await cachedPromise(map, "a", make), await cachedPromise(map, "a", make)]).toEqual([2, 2]);
});

test("a program whose compilation failed is compiled again", async () => {
  const device = new CpuDevice("test");
  const prepare = device.prepare.bind(device);
  device.prepare = () => Promise.reject(new Error("out of luck"));
  const trainer = await trainerOf(device);
  const set = examples(16);
  await expect(onlyReport(trainer.fit(set, { epochs: 1 }))).rejects.toThrow("out of luck");
  device.prepare = prepare;
  expect((await onlyReport(trainer.fit(set, { epochs: 1 }))).loss).toBeGreaterThan(0);
  await trainer.dispose();
});
