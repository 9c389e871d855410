// What a user may get wrong when training: each is refused before anything has changed.

import { describe, expect, test } from "vitest";
import { DeviceError, DTypeError, FormatError, ShapeError, ValueError } from "../../src/core/errors.ts";
import { hostTensor, tensor, zeros, type HostTensor } from "../../src/core/host_tensor.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { halfSquaredError } from "../../src/loss/index.ts";
import { dense } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import type { DeviceBuffer } from "../../src/runtime/device.ts";
import { stream } from "../../src/train/stream.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { cpuDevice } from "../support/device.ts";
import { examples, trainerOf } from "./networks.ts";

type ErrorClass = new (...args: never[]) => Error;

/** Runs one epoch on the set, on a trainer whose parameters must then be as they were. */
async function fit(set: Dataset, epochs = 1): Promise<void> {
  const trainer = await trainerOf(cpuDevice);
  const before = await trainer.params();
  try {
    for await (const report of trainer.fit(set, { epochs })) expect(report.epoch).toBe(1);
  } catch (error) {
    expect(await trainer.params()).toEqual(before);
    expect(trainer.stepCount).toBe(0);
    throw error;
  } finally {
    await trainer.dispose();
  }
}

const set = examples(10);
const spoilt = (of: HostTensor, at: number, value: number): HostTensor => {
  const data = of.data.slice();
  data[at] = value;
  return hostTensor(data, of.shape);
};
const labels = set.labels ?? zeros([10], "i32");

test.each<[string, Dataset, ErrorClass, RegExp]>([
  ["NaN in x", { ...set, x: spoilt(set.x, 7, NaN) }, ValueError, /^dataset: x: element 7 is NaN\. Remove/],
  [
    "infinity in y",
    { ...set, y: spoilt(set.y, 2, Infinity) },
    ValueError,
    /^dataset: y: element 2 is Infinity/,
  ],
  ["a label out of range", { ...set, labels: spoilt(labels, 4, 3) }, ValueError, /label 3 of row 4.*0 to 2/],
  ["a negative label", { ...set, labels: spoilt(labels, 4, -1) }, ValueError, /label -1 of row 4/],
  [
    "no examples",
    { x: zeros([0, 5]), y: zeros([0, 3]) },
    ShapeError,
    /^dataset: x is \[0,5\].*at least one row/,
  ],
  ["another number of targets", { ...set, y: zeros([9, 3]) }, ShapeError, /x is \[10,5\] but y is \[9,3\]/],
  [
    "x of whole numbers",
    { ...set, x: zeros([10, 5], "i32") },
    DTypeError,
    /^dataset: x must be f32 or u8, but it is i32/,
  ],
  [
    "examples of another size",
    { ...set, x: zeros([10, 4]) },
    ShapeError,
    /^dense: expected x \(B,5\), got \[8,4\]/,
  ],
  [
    "targets of another size",
    { x: set.x, y: zeros([10, 2]) },
    ShapeError,
    /^halfSquaredError: .*\[8,3\].*\[8,2\]/,
  ],
])("%s", async (_, bad, type, message) => {
  await expect(fit(bad)).rejects.toThrow(type);
  await expect(fit(bad)).rejects.toThrow(message);
});

test.each([0, -1, 1.5, NaN, Infinity])("%d epochs", async (epochs) => {
  await expect(fit(set, epochs)).rejects.toThrow(ValueError);
  await expect(fit(set, epochs)).rejects.toThrow(`epochs is ${epochs}. Use an integer from 1 up.`);
});

describe("options", () => {
  const make = (more: object) =>
    createTrainer(cpuDevice, {
      model: dense(5, 3),
      loss: halfSquaredError,
      optimizer: sgd({ learningRate: 1 }),
      batchSize: 8,
      ...more,
    });
  test.each([0, -1, 1.5, NaN, Infinity])("a batch size of %d", async (batchSize) => {
    await expect(make({ batchSize })).rejects.toThrow(ValueError);
    await expect(make({ batchSize })).rejects.toThrow(`batchSize is ${batchSize}. Use an integer from 1 up.`);
  });
  test.each([-1, 1.5, NaN, 2 ** 32])("a seed of %d", async (seed) => {
    await expect(make({ seed })).rejects.toThrow(ValueError);
    await expect(make({ seed })).rejects.toThrow(`seed is ${seed}. Use an integer from 0 to`);
  });
  test.each([0, -1, 1.5, NaN, Infinity])("accumulating %d batches", async (accumulate) => {
    await expect(make({ accumulate })).rejects.toThrow(ValueError);
    await expect(make({ accumulate })).rejects.toThrow(`accumulate is ${accumulate}. Use an integer from 1`);
  });
  test.each([0, -1, NaN])("a norm of at most %d", async (clipNorm) => {
    await expect(make({ clipNorm })).rejects.toThrow(ValueError);
    await expect(make({ clipNorm })).rejects.toThrow(`clipNorm is ${clipNorm}. Use a number above 0`);
  });
  test.each<[string, object, RegExp]>([
    ["no model", { model: undefined }, /^createTrainer: model is missing\. Pass a layer, such as nn\.dense/],
    ["a model's name", { model: "dense" }, /^createTrainer: model is missing\./],
    ["no loss", { loss: undefined }, /^createTrainer: loss is missing\. Pass a function .* loss\.half/],
    ["no optimizer", { optimizer: {} }, /^createTrainer: optimizer is missing\. .* optim\.sgd/],
    ["a metric's name", { metrics: { right: "accuracy" } }, /^createTrainer: metric right is missing\. Pass/],
    [
      "an option of others",
      { learningRate: 1 },
      /^createTrainer: learningRate is no option\. Use model, .*opt/,
    ],
  ])("%s", async (_, more, message) => {
    await expect(make(more)).rejects.toThrow(ValueError);
    await expect(make(more)).rejects.toThrow(message);
  });
  test("an optimizer of one's own without a learning rate", async () => {
    const optimizer = { ...sgd({ learningRate: 1 }), learningRate: undefined };
    await expect(make({ optimizer })).rejects.toThrow(
      "learningRate is undefined. Use a finite number from 0 up.",
    );
  });
  test.each([-1, NaN, Infinity])("a learning rate of %d, set later", async (rate) => {
    const trainer = await make({});
    expect(() => (trainer.learningRate = rate)).toThrow(ValueError);
    expect(() => (trainer.learningRate = rate)).toThrow(
      `learningRate is ${rate}. Use a finite number from 0 up.`,
    );
    expect(trainer.learningRate).toBe(1);
    await trainer.dispose();
  });
});

/** A CPU on which one buffer cannot be made. */
class FullDevice extends CpuDevice {
  readonly made: DeviceBuffer[] = [];
  full: string;
  constructor(full: string) {
    super("it is full");
    this.full = full;
  }
  override createBuffer(byteLength: number, label: string): DeviceBuffer {
    if (label === this.full) throw new DeviceError("there is no room");
    const buffer = super.createBuffer(byteLength, label);
    this.made.push(buffer);
    return buffer;
  }
}

test.each(["params.2.weight", "data.y", "batch.places.1.y"])(
  "no room for %s: nothing is left behind",
  async (label) => {
    const device = new FullDevice(label);
    const run = async () => {
      const trainer = await trainerOf(device);
      try {
        const source = label.startsWith("data") ? set : stream(set);
        for await (const report of trainer.fit(source, { epochs: 1 })) expect(report).toBeUndefined();
      } finally {
        await trainer.dispose();
      }
    };
    await expect(run()).rejects.toThrow("there is no room");
    expect(device.made.length).toBeGreaterThan(1);
    expect(device.made.filter(({ destroyed }) => !destroyed)).toEqual([]);
  },
);

test("what is to be told of progress is a function", async () => {
  const trainer = await trainerOf(cpuDevice);
  const run = trainer.fit(set, { epochs: 1, onProgress: "bar" as never }).next();
  await expect(run).rejects.toThrow("onProgress is bar. Pass a function.");
  expect(trainer.stepCount).toBe(0);
  await trainer.dispose();
});

test("a batch larger than the set is the set", async () => {
  const trainer = await trainerOf(cpuDevice, { batchSize: 64 });
  for await (const { loss } of trainer.fit(set, { epochs: 1 })) expect(loss).toBeGreaterThan(0);
  expect(trainer.stepCount).toBe(1);
  await trainer.dispose();
});

test("a loss that is not finite stops training, with what to do", async () => {
  const trainer = await createTrainer(cpuDevice, {
    model: dense(5, 3),
    loss: halfSquaredError,
    optimizer: sgd({ learningRate: 1e30 }),
    batchSize: 2,
  });
  const run = async () => {
    for await (const report of trainer.fit(set, { epochs: 5 })) expect(report.loss).toBeGreaterThan(0);
  };
  await expect(run()).rejects.toThrow(
    /^train: the loss is (NaN|Infinity) at step \d+, with learning rate 1e\+30\. Lower/,
  );
  await trainer.dispose();
});

describe("load", () => {
  const good = async () => {
    const trainer = await trainerOf(cpuDevice);
    const before = await trainer.params();
    return { trainer, before };
  };
  test.each<[string, (p: Record<string, HostTensor>) => Record<string, HostTensor>, RegExp]>([
    ["a missing tensor", ({ "0.bias": _, ...rest }) => rest, /^load: 0\.bias \[4\] is missing\. Use/],
    [
      "another shape",
      (p) => ({ ...p, "2.weight": zeros([3, 4]) }),
      /2\.weight is \[3,4\], but the model's is \[4,3\]/,
    ],
    ["a foreign tensor", (p) => ({ ...p, "9.weight": zeros([1]) }), /9\.weight is not in the model/],
    ["NaN", (p) => ({ ...p, "0.bias": tensor([0, NaN, 0, 0]) }), /0\.bias: element 1 is NaN/],
    ["nothing at all", () => ({}), /0\.weight .*missing; 0\.bias .*missing; 2\.weight .*missing; 2\.bias/],
    [
      "all at once",
      ({ "0.bias": _, ...p }) => ({ ...p, "0.weight": zeros([1]), z: zeros([1]) }),
      /0\.weight is \[1\].*0\.bias .*missing.*z is not/,
    ],
  ])("%s is refused, and nothing changed", async (_, spoil, message) => {
    const { trainer, before } = await good();
    const bad = spoil({ ...(await (await trainerOf(cpuDevice, { seed: 8 })).params()) });
    expect(() => trainer.load(bad)).toThrow(FormatError);
    expect(() => trainer.load(bad)).toThrow(message);
    expect(await trainer.params()).toEqual(before);
    await trainer.dispose();
  });

  test("what another trainer had is taken over", async () => {
    const { trainer } = await good();
    const other = await (await trainerOf(cpuDevice, { seed: 8 })).params();
    trainer.load(other);
    expect(await trainer.params()).toEqual(other);
    await trainer.dispose();
  });
});

test("a trainer that was disposed says so", async () => {
  const trainer = await trainerOf(cpuDevice);
  await trainer.dispose();
  await trainer.dispose();
  const message = /^trainer: it was disposed\. Create it again\./;
  const run = async () => {
    for await (const report of trainer.fit(set, { epochs: 1 })) expect(report).toBeUndefined();
  };
  for (const use of [
    run,
    () => trainer.evaluate(set),
    () => trainer.params(),
    async () => trainer.load({}),
    async () => trainer.program(set),
  ]) {
    await expect(use()).rejects.toThrow(DeviceError);
    await expect(use()).rejects.toThrow(message);
  }
});
