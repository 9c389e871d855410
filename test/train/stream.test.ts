// Sets that are sent batch by batch: the bits of a set on the device, at no cost a step, and safe against bad batches.

import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/core/errors.ts";
import { hostTensor, tensor, zeros } from "../../src/core/host_tensor.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { batches, shuffledRows } from "../../src/data/sampler.ts";
import { take } from "../../src/data/split.ts";
import type { StreamSource } from "../../src/data/stream_source.ts";
import { softmaxCrossEntropy } from "../../src/loss/index.ts";
import type { Device, DeviceBuffer } from "../../src/runtime/device.ts";
import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import { accuracy } from "../../src/train/accuracy.ts";
import { stream, type Stream } from "../../src/train/stream.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { examples, onlyReport, reportsOf, trainerOf } from "./networks.ts";
import { callsDuring } from "./watch.ts";

const SEED = 7;
const SIZE = 8;
const set = examples(21);

/** The batches that a trainer of this seed makes of the set. */
const inOrder = (epoch: number, from = set): Dataset[] =>
  batches(shuffledRows(21, SEED, epoch), SIZE).map((rows) => take(from, rows));

/** The same, one after another, with time in between. */
async function* later(epoch: number, from = set, count = 3): AsyncGenerator<Dataset> {
  for (const batch of inOrder(epoch, from).slice(0, count)) {
    await new Promise((resolve) => setTimeout(resolve));
    yield batch;
  }
}

const bytes: Dataset = {
  x: hostTensor(Uint8Array.from(set.x.data, (value) => value * 255), [21, 5]), // prettier-ignore
  y: set.labels ?? zeros([21], "i32"),
  scale: 1 / 255,
};

async function fitted(
  device: Device,
  source: Dataset | Stream,
  options: Parameters<typeof trainerOf>[1] = {},
) {
  const trainer = await trainerOf(device, { metrics: { accuracy }, ...options });
  const reports = await reportsOf(trainer.fit(source, { epochs: 2 }));
  const params = await trainer.params();
  await trainer.dispose();
  return { params, figures: reports.map(({ loss, metrics }) => [loss, metrics]) };
}

describe.each([
  ["the CPU", async () => cpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
  ["WebGPU", webGpuDevice],
] as const)("on %s: the same bits as from a set on the device", (_, open) => {
  test("a set in memory, a source of examples, a generator", async () => {
    const device = await open();
    const wanted = await fitted(device, set);
    const asked = { length: 21, batch: async (rows: Uint32Array) => take(set, rows) };
    const sources: StreamSource[] = [set, asked, (epoch) => later(epoch), inOrder];
    for (const source of sources) expect(await fitted(device, stream(source))).toEqual(wanted);
  });

  test("bytes with labels", async () => {
    const device = await open();
    const options = { loss: softmaxCrossEntropy };
    const wanted = await fitted(device, bytes, options);
    expect(await fitted(device, stream(bytes), options)).toEqual(wanted);
  });
});

test("several batches an update, the last group by its rows", async () => {
  const options = { accumulate: 2, clipNorm: 0.1 };
  const wanted = await fitted(cpuDevice, set, options);
  for (const source of [set, later]) expect(await fitted(cpuDevice, stream(source), options)).toEqual(wanted);
});

test("a step creates nothing, and writes its batch alone", async () => {
  const device = await webGpuDevice();
  const trainer = await trainerOf(device);
  const source = stream(set);
  await onlyReport(trainer.fit(source, { epochs: 1 }));
  const { dispatchWorkgroups, setPipeline, setBindGroup, ...rest } = await callsDuring(device.gpu, () =>
    onlyReport(trainer.fit(source, { epochs: 1 })),
  );
  // Three steps, and two read-backs: of the step's number, and of the losses.
  expect(rest).toEqual({
    submit: 5,
    beginComputePass: 3,
    createCommandEncoder: 5,
    copyBufferToBuffer: 2,
    mapAsync: 2,
    writeBuffer: 2 * 3,
  });
  expect([setPipeline, setBindGroup]).toEqual([dispatchWorkgroups, dispatchWorkgroups]);
  await trainer.dispose();
});

/** A CPU whose memory and writes are watched. */
class WatchedDevice extends CpuDevice {
  readonly made: DeviceBuffer[] = [];
  readonly written: DeviceBuffer[] = [];
  override createBuffer(byteLength: number, label: string): DeviceBuffer {
    const buffer = super.createBuffer(byteLength, label);
    this.made.push(buffer);
    return buffer;
  }
  override write(...[buffer, data]: Parameters<CpuDevice["write"]>): void {
    this.written.push(buffer);
    super.write(buffer, data);
  }
}

test("the batches lie in two places in turn, and all memory is given back", async () => {
  const device = new WatchedDevice("watched");
  const trainer = await trainerOf(device);
  const source = stream(set);
  const before = new Set(device.made);
  await reportsOf(trainer.fit(source, { epochs: 2 }));
  const isPlace = ({ label }: DeviceBuffer): boolean =>
    label.startsWith("batch.places") && label.endsWith("x");
  // Each is first filled with zeros.
  const placed = device.written.filter(isPlace).slice(2);
  expect(placed).toHaveLength(6);
  expect(new Set(placed).size).toBe(2);
  placed.slice(1).forEach((buffer, i) => expect(buffer).not.toBe(placed[i]));
  // Whole batches' rows, whatever the last one has.
  expect(placed[0]?.byteLength).toBe(SIZE * 5 * 4);
  await trainer.release(source);
  expect(device.made.filter((buffer) => !before.has(buffer) && !buffer.destroyed)).toEqual([]);
  await reportsOf(trainer.fit(source, { epochs: 1 }));
  await trainer.dispose();
  expect(device.made.filter(({ destroyed }) => !destroyed)).toEqual([]);
});

test("progress has a total where the source says", async () => {
  const totals = async (source: StreamSource) => {
    const trainer = await trainerOf(cpuDevice);
    const found: number[] = [];
    await reportsOf(trainer.fit(stream(source), { epochs: 1, onProgress: ({ total, samples }) => found.push(total, samples) })); // prettier-ignore
    await trainer.dispose();
    return found;
  };
  expect(await totals(set)).toEqual([21, 21]);
  expect(await totals(later)).toEqual([Infinity, 21]);
});

describe("a stream that fails", () => {
  /** What was learned when a fit fails: the steps made before, and no less. */
  async function failed(source: StreamSource, epochs = 1) {
    const trainer = await trainerOf(cpuDevice);
    let error: unknown;
    try {
      await reportsOf(trainer.fit(stream(source), { epochs }));
    } catch (reason) {
      error = reason;
    }
    const result = { error, steps: trainer.stepCount, params: await trainer.params() };
    // The trainer goes on.
    await onlyReport(trainer.fit(stream(inOrder(0)), { epochs: 1 }));
    await trainer.dispose();
    return result;
  }
  const after = async (steps: number) => {
    const trainer = await trainerOf(cpuDevice);
    const [first, second] = inOrder(0);
    const made = [first, second].slice(0, steps).flatMap((batch) => batch ?? []);
    if (made.length) await onlyReport(trainer.fit(stream(made), { epochs: 1 }));
    const params = await trainer.params();
    await trainer.dispose();
    return params;
  };

  test.each([0, 1, 2])("after %i batches: its own error, and what was learned stays", async (steps) => {
    const reason = new Error("the disk is gone");
    async function* gone() {
      yield* later(0, set, steps);
      throw reason;
    }
    const result = await failed(gone);
    expect(result.error).toBe(reason);
    expect(result.steps).toBe(steps);
    expect(result.params).toEqual(await after(steps));
  });

  test("its generator is closed when a batch is refused", async () => {
    let closed = false;
    function* generator() {
      try {
        yield { x: zeros([8, 5]), y: zeros([7, 3]) };
      } finally {
        closed = true;
      }
    }
    expect((await failed(generator)).error).toBeInstanceOf(ShapeError);
    expect(closed).toBe(true);
  });

  test("a generator that is spent after an epoch", async () => {
    const { error, steps } = await failed(later(0), 2);
    expect(String(error)).toMatch(
      /^ValueError: fit: the stream gave no batch in epoch 2\. Pass what can be read/,
    );
    expect(steps).toBe(3);
  });

  const good = take(set, [0, 1, 2, 3, 4, 5, 6, 7]);
  test.each<[string, unknown, new (...args: never[]) => Error, RegExp]>([
    [
      "other features",
      { ...good, x: zeros([8, 4]) },
      ShapeError,
      /^fit: batch 1: x is f32\[8,4\], but was f32\[8,5\] in/,
    ],
    [
      "another type",
      { ...good, x: zeros([8, 5], "u8") },
      ShapeError,
      /^fit: batch 1: x is u8\[8,5\], but was f32/,
    ],
    [
      "other targets",
      { x: good.x, y: zeros([8, 2]) },
      ShapeError,
      /^fit: batch 1: y is f32\[8,2\], but was f32\[8,3\]/,
    ],
    [
      "targets of other rows",
      { ...good, y: zeros([7, 3]) },
      ShapeError,
      /^fit: batch 1: dataset: x is \[8,5\] but y is \[7/,
    ],
    ["no rows", { x: zeros([0, 5]), y: zeros([0, 3]) }, ShapeError, /^fit: batch 1: dataset: x is \[0,5\]/],
    [
      "more rows than a batch",
      set,
      ShapeError,
      /^fit: batch 1: x is \[21,5\], more rows than batchSize \(8\)\. Split/,
    ],
    [
      "NaN",
      { ...good, x: hostTensor(new Float32Array(40).fill(NaN), [8, 5]) },
      ValueError,
      /^fit: batch 1: dataset: x: el/,
    ],
    ["nothing", undefined, ValueError, /^fit: batch 1: it is undefined\. Give a data set/],
    ["no tensors", { x: [[1]], y: [[1]] }, ValueError, /^fit: batch 1: dataset: x is 1\. Pass a tensor/],
  ])("%s: refused by its number, and what was learned stays", async (_, bad, type, message) => {
    // prettier-ignore
    const result = await failed([inOrder(0)[0], bad] as Dataset[]);
    expect(result.error).toBeInstanceOf(type);
    expect((result.error as Error).message).toMatch(message);
    expect(result.steps).toBe(1);
    expect(result.params).toEqual(await after(1));
  });

  test("other bytes", async () => {
    const [one, other] = [take(bytes, [0, 1]), { ...take(bytes, [2, 3]), scale: 1 }];
    const trainer = await trainerOf(cpuDevice, { loss: softmaxCrossEntropy });
    const run = () => onlyReport(trainer.fit(stream([one, other]), { epochs: 1 }));
    await expect(run()).rejects.toThrow(`fit: batch 1: scale is 1, but was ${1 / 255}. Give all batches`);
    await trainer.dispose();
  });

  test("other examples than were asked for", async () => {
    const { error } = await failed({ length: 21, batch: () => take(set, [1, 2]) });
    expect((error as Error).message).toMatch(/^fit: batch 0: x is \[2,5\], but 8 examples were asked for/);
  });

  test("a model that does not fit, before any step", async () => {
    const { error, steps } = await failed([{ x: zeros([2, 4]), y: zeros([2, 3]) }]);
    expect((error as Error).message).toMatch(/^dense: expected x \(B,5\), got \[2,4\]/);
    expect(steps).toBe(0);
  });
});

test.each<[string, unknown, RegExp]>([
  ["nothing", undefined, /^stream: the source is undefined\. Pass a data set, \{ length, batch\(rows\) \}/],
  ["a number", 3, /^stream: the source is 3\./],
  ["something else", { rows: 3 }, /^stream: the source has rows\. Pass/],
  ["no length", { batch: () => set }, /^stream: length is undefined\. Use an integer from 1 up/],
  ["a bad set", { x: tensor([[1]]), y: tensor([1, 2]) }, /^dataset: x is \[1,1\] but y is \[2\]/],
])("%s is no source", (_, source, message) => {
  expect(() => stream(source as never)).toThrow(message);
});
