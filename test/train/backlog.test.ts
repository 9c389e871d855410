// How much data may wait in a device's queue.

import { expect, test } from "vitest";
import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import { Backlog } from "../../src/train/backlog.ts";

/** A device that is done when it is told. */
class SlowDevice extends CpuDevice {
  readonly waiting: { done(): void; fail(error: Error): void }[] = [];
  override idle(): Promise<void> {
    return new Promise((resolve, reject) => this.waiting.push({ done: resolve, fail: reject }));
  }
}

const MiB = 2 ** 20;

/** Whether a promise is settled once all that is ready has run. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.finally(() => (done = true)).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve));
  return done;
}

test("small batches: two stretches of 16 MiB wait, the third is waited for", async () => {
  const device = new SlowDevice("slow");
  const backlog = new Backlog(device);
  for (let i = 0; i < 32; i++) expect(await isDone(backlog.before(MiB)), `MiB ${i}`).toBe(true);
  expect(device.waiting).toHaveLength(1);
  const next = backlog.before(MiB);
  expect(await isDone(next)).toBe(false);
  device.waiting[0]?.done();
  expect(await isDone(next)).toBe(true);
});

test("large batches: two wait", async () => {
  const device = new SlowDevice("slow");
  const backlog = new Backlog(device);
  await backlog.before(100 * MiB);
  await backlog.before(100 * MiB);
  const third = backlog.before(100 * MiB);
  expect(await isDone(third)).toBe(false);
  device.waiting[0]?.done();
  expect(await isDone(third)).toBe(true);
});

test("a device that fails says so at the next wait", async () => {
  const device = new SlowDevice("slow");
  const backlog = new Backlog(device);
  await backlog.before(20 * MiB);
  await backlog.before(20 * MiB);
  device.waiting[0]?.fail(new Error("lost"));
  await new Promise((resolve) => setTimeout(resolve));
  await expect(backlog.before(20 * MiB)).rejects.toThrow("lost");
});
