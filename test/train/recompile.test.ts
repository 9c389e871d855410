import { expect, test } from "vitest";
import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import { examples, onlyReport, trainerOf } from "./networks.ts";

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
