// A trainer on a device that nobody named: it measures a step on the others, and moves to the fastest.

import { expect, test } from "vitest";
import { tensor } from "../../src/core/host_tensor.ts";
import { DeviceError } from "../../src/core/errors.ts";
import { stream } from "../../src/train/stream.ts";
import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import type { Device, Rival } from "../../src/runtime/device.ts";
import { openWasm } from "../../src/runtime/wasm/wasm_device.ts";
import { uniform } from "../support/values.ts";
import { openDevice } from "../../src/open/open.ts";
import { halfSquaredError } from "../../src/loss/index.ts";
import { dense, sequential, sigmoid } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import { measureStep } from "../../src/train/measure_step.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { cpuDevice } from "../support/device.ts";
import { examples, onlyReport, reportsOf, trainerOf } from "./networks.ts";

const BATCH = 256;
const set = examples(2 * BATCH);

interface Watched extends Rival {
  readonly opened: { readonly device: Device; disposed: boolean }[];
}

/** A rival that tells what became of the devices it opened. */
function watched(open: () => Promise<Device>, most = Infinity): Watched {
  const opened: { readonly device: Device; disposed: boolean }[] = [];
  return {
    most,
    opened,
    async open() {
      const device = await open();
      const entry = { device, disposed: false };
      const dispose = device.dispose.bind(device);
      device.dispose = () => {
        entry.disposed = true;
        dispose();
      };
      opened.push(entry);
      return device;
    },
  };
}
const wasm = (most?: number): Watched => watched(() => openWasm("a rival"), most);

/** The references are slower than WebAssembly by a factor of ten and more at this batch. */
function slow(...rivals: readonly Rival[]): Device {
  const device: Device = new CpuDevice("nobody named it");
  device.rivals = rivals;
  return device;
}
const options = { batchSize: BATCH, momentum: 0.5 };

test("it moves to the faster one with its state, and says what it measured", async () => {
  const rival = wasm();
  const trainer = await trainerOf(slow(rival), options);
  const started = { ...(await trainer.params()), "0.bias": tensor([0.1, 0.2, 0.3, 0.4]) };
  trainer.load(started);
  expect(trainer.device.backend).toBe("cpu");
  const reports = await reportsOf(trainer.fit(set, { epochs: 2, validation: set }));
  expect(trainer.device.backend).toBe("wasm");
  expect(trainer.reason).toMatch(/^nobody named it; a step takes [\d.]+ ms on cpu, [\d.]+ ms on wasm$/);

  const there = await trainerOf(await openWasm("asked for"), options);
  there.load(started);
  expect((await reportsOf(there.fit(set, { epochs: 2, validation: set }))).map(({ loss }) => loss)).toEqual(
    reports.map(({ loss }) => loss),
  );
  expect(await trainer.params()).toEqual(await there.params());
  expect(trainer.stepCount).toBe(4);
  const x = uniform(-1, 1)([3, 5], 1);
  expect((await trainer.predict(x)).data).toEqual((await there.predict(x)).data);

  expect(rival.opened.map(({ disposed }) => disposed)).toEqual([false]);
  await trainer.dispose();
  expect(rival.opened.map(({ disposed }) => disposed)).toEqual([true]);
});

test("what was learned elsewhere before stays, momentum included", async () => {
  const cpu = new CpuDevice("nobody named it");
  const trainer = await trainerOf(cpu, options);
  await onlyReport(trainer.fit(set, { epochs: 1 }));
  const plain = await trainerOf(new CpuDevice("test"), options);
  await onlyReport(plain.fit(set, { epochs: 1 }));
  (cpu as Device).rivals = [wasm()];
  const there = await onlyReport(trainer.fit(set, { epochs: 1 }));
  expect(trainer.device.backend).toBe("wasm");
  expect(trainer.stepCount).toBe(4);
  expect(there.loss).toBeCloseTo((await onlyReport(plain.fit(set, { epochs: 1 }))).loss, 5);
  await trainer.dispose();
});

test("it measures once, and stays where it is fastest", async () => {
  const home = await openWasm("nobody named it");
  const rival = watched(async () => new CpuDevice("a rival"));
  (home as Device).rivals = [rival];
  const trainer = await trainerOf(home, options);
  await trainer.program(set);
  await onlyReport(trainer.fit(set, { epochs: 1 }));
  expect(trainer.device).toBe(home);
  expect(trainer.reason).toMatch(/ms on wasm, .* ms on cpu$/);
  expect(rival.opened.map(({ disposed }) => disposed)).toEqual([true]);
  await trainer.dispose();
  home.dispose();
});

test("steps that are too large for a rival are not measured there", async () => {
  const rival = wasm(1000);
  const device = slow(rival);
  const trainer = await trainerOf(device, options);
  await onlyReport(trainer.fit(set, { epochs: 1 }));
  expect(trainer.device).toBe(device);
  expect(trainer.reason).toBe("nobody named it");
  expect(rival.opened).toEqual([]);
  await trainer.dispose();
});

test("a rival that is not there is passed over", async () => {
  const missing = watched(async () => {
    throw new DeviceError("not here");
  });
  const trainer = await trainerOf(slow(missing, wasm()), options);
  await onlyReport(trainer.fit(set, { epochs: 1 }));
  expect(trainer.device.backend).toBe("wasm");
  await trainer.dispose();
});

test("a rival that fails while it is measured is left out, and disposed of", async () => {
  const rival = watched(async () => {
    const device = await openWasm("a rival");
    device.idle = () => Promise.reject(new DeviceError("a thread was lost"));
    return device;
  });
  const device = slow(rival);
  const trainer = await trainerOf(device, options);
  await onlyReport(trainer.fit(set, { epochs: 1 }));
  expect(trainer.device).toBe(device);
  expect(trainer.reason).toMatch(/ms on cpu, fails on wasm$/);
  expect(rival.opened.map(({ disposed }) => disposed)).toEqual([true]);
  await trainer.dispose();
});

test("a move that fails leaves the network where it was, and no device behind", async () => {
  const rival = watched(async () => {
    const device = await openWasm("a rival");
    let states = 0;
    const create = device.createBuffer.bind(device);
    // The second state is that of the move.
    device.createBuffer = (bytes, label) => {
      if (label.endsWith("ring") && ++states === 2) throw new DeviceError("no more memory");
      return create(bytes, label);
    };
    return device;
  });
  const device = slow(rival);
  const trainer = await trainerOf(device, options);
  await onlyReport(trainer.fit(set, { epochs: 1 }));
  expect(trainer.device).toBe(device);
  expect(rival.opened.map(({ disposed }) => disposed)).toEqual([true]);
  await trainer.dispose();
});

test("exclusive or trains no slower than on the reference, wherever it goes", async () => {
  const xor = {
    x: tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]),
    y: tensor([[0], [1], [1], [0]]),
  };
  const options = {
    model: sequential(dense(2, 8), sigmoid(), dense(8, 1), sigmoid()),
    loss: halfSquaredError,
    optimizer: sgd({ learningRate: 8 }),
    batchSize: 4,
  };
  const device = await openDevice();
  const trainer = await createTrainer(device, options);
  await reportsOf(trainer.fit(xor, { epochs: 2 }));
  const times = { here: Infinity, reference: Infinity };
  for (let round = 0; round < 3; round++) {
    times.here = Math.min(times.here, await measureStep(trainer.device, options, xor));
    times.reference = Math.min(times.reference, await measureStep(cpuDevice, options, xor));
  }
  console.info(
    `a step of XOR: ${times.here.toFixed(4)} ms on ${trainer.device.backend}, ${times.reference.toFixed(4)} on the reference`,
  );
  expect(times.here).toBeLessThan(1.2 * times.reference);
  await trainer.dispose();
  device.dispose();
});

test("a stream stays where it began", async () => {
  const device = slow(wasm());
  const trainer = await trainerOf(device, options);
  await onlyReport(trainer.fit(stream(set), { epochs: 1 }));
  expect(trainer.device).toBe(device);
  await trainer.dispose();
});

test("a set that is refused is refused again, and nothing was lost", async () => {
  const trainer = await trainerOf(slow(wasm()), options);
  const wrong = { ...set, x: uniform(-1, 1)([2 * BATCH, 6], 1) };
  for (let i = 0; i < 2; i++)
    await expect(onlyReport(trainer.fit(wrong, { epochs: 1 }))).rejects.toThrow(/^dense: expected x \(B,5\)/);
  const missing = { y: set.y } as never;
  await expect(onlyReport(trainer.fit(missing, { epochs: 1 }))).rejects.toThrow(/^dataset: x is undefined/);
  await onlyReport(trainer.fit(set, { epochs: 1 }));
  expect(trainer.device.backend).toBe("wasm");
  await trainer.dispose();
});
