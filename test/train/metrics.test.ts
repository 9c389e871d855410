// Metrics that the step computes itself: right, read with the losses, and at no cost to the training.

import { describe, expect, test } from "vitest";
import { DTypeError, ShapeError, ValueError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { halfSquaredError } from "../../src/loss/index.ts";
import { accuracy } from "../../src/train/accuracy.ts";
import type { Metric, MetricValues } from "../../src/train/options.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { numbersOn } from "../support/run_on.ts";
import { examples, onlyReport, reportsOf, trainerOf } from "./networks.ts";
import { callsDuring } from "./watch.ts";

/** The mean of |ŷ − y|. */
const distance: Metric = (prediction, target) => prediction.sub(target).abs().mean();

describe.each([
  ["the CPU", async () => cpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
  ["WebGPU", webGpuDevice],
] as const)("on %s", (_, open) => {
  test("the mean over the examples, a smaller last batch by its rows", async () => {
    const set = examples(21);
    // At rate 0 all batches meet the same parameters, as an evaluation does.
    const trainer = await trainerOf(await open(), { learningRate: 0, metrics: { accuracy, distance } });
    const seen: MetricValues[] = [];
    const onProgress = ({ metrics }: { metrics: MetricValues }): unknown => seen.push(metrics);
    const report = await onlyReport(trainer.fit(set, { epochs: 1, validation: set, onProgress }));
    const evaluation = await trainer.evaluate(set);
    await trainer.dispose();
    const { predictions } = evaluation;
    let sum = 0;
    predictions.data.forEach((y: number, i: number) => (sum += Math.abs(y - (set.y.data[i] ?? 0))));
    expect(evaluation.accuracy).toBeGreaterThan(0);
    for (const metrics of [report.metrics, evaluation.metrics, report.validationMetrics]) {
      expect(Object.keys(metrics ?? {})).toEqual(["accuracy", "distance"]);
      expect(metrics?.["accuracy"]).toBeCloseTo(evaluation.accuracy ?? NaN, 6);
      expect(metrics?.["distance"]).toBeCloseTo(sum / predictions.data.length, 6);
    }
    expect(seen.at(-1)).toEqual(report.metrics);
  });

  test("training is the same, bit by bit, and so are its losses", async () => {
    const device = await open();
    const fitted = async (metrics: Readonly<Record<string, Metric>>) => {
      const trainer = await trainerOf(device, { metrics });
      const reports = await reportsOf(trainer.fit(examples(21), { epochs: 2 }));
      const params = await trainer.params();
      await trainer.dispose();
      return { losses: reports.map(({ loss }) => loss), params };
    };
    expect(await fitted({ accuracy, distance })).toEqual(await fitted({}));
  });

  test("an example counts whose output is larger than all others", async () => {
    const device = await open();
    const outputs = tensor([[3, 2, 1], [1, 2, 2], [0, 0, 0], [-5, -9, -7]]); // prettier-ignore
    const labels = tensor([0, 1, 2, 0], [4], "i32");
    const oneHot = tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]); // prettier-ignore
    for (const target of [labels, oneHot])
      expect(await numbersOn(device, accuracy, outputs, target)).toEqual([0.5]);
  });
});

test("more steps than the ring holds", async () => {
  const set = examples(150);
  const trainer = await trainerOf(cpuDevice, { batchSize: 1, learningRate: 0, metrics: { accuracy } });
  const { metrics, loss } = await onlyReport(trainer.fit(set, { epochs: 1 }));
  const evaluation = await trainer.evaluate(set);
  expect(metrics["accuracy"]).toBeCloseTo(evaluation.accuracy ?? NaN, 6);
  expect(loss).toBeCloseTo(evaluation.loss, 5);
  await trainer.dispose();
});

test("accuracy is one dispatch more, and no read-back", async () => {
  const device = await webGpuDevice();
  const set = examples(21);
  const cost = async (metrics: Readonly<Record<string, Metric>>) => {
    const trainer = await trainerOf(device, { metrics });
    const { dispatches } = (await trainer.program(set)).plan;
    // The first fit compiles.
    await onlyReport(trainer.fit(set, { epochs: 1 }));
    const calls = await callsDuring(device.gpu, () => onlyReport(trainer.fit(set, { epochs: 1 })));
    await trainer.dispose();
    return { calls, dispatches: dispatches.length };
  };
  const [plain, measured] = [await cost({}), await cost({ accuracy })];
  expect(measured.dispatches).toBe(plain.dispatches + 1);
  for (const { calls } of [plain, measured])
    for (const each of ["dispatchWorkgroups", "setPipeline", "setBindGroup"]) delete calls[each];
  expect(measured.calls).toEqual(plain.calls);
});

test("a metric that is not finite stops training, with its name", async () => {
  const share: Metric = (prediction) => prediction.sum().mul(0).div(prediction.sub(prediction).sum());
  const trainer = await trainerOf(cpuDevice, { metrics: { distance, share } });
  const run = onlyReport(trainer.fit(examples(10), { epochs: 1 }));
  await expect(run).rejects.toThrow(
    /^train: the metric share is NaN at step 0, with learning rate 1\. .*check the metric share for .* x \/ 0/,
  );
  await trainer.dispose();
});

test.each<[string, Metric, new () => Error, RegExp]>([
  [
    "one number an example",
    (p) => p.square().sum(-1),
    ShapeError,
    /^metric bad: it is \[8\]\. Take its mean\./,
  ],
  ["a whole number", (p) => p.sum().cast("i32"), DTypeError, /^metric bad: it is i32\. Cast it to f32\./],
  ["no tensor", (() => 1) as never, ValueError, /^metric bad: it is 1\. Return a tensor\./],
  [
    "accuracy of one output",
    (p, y) => accuracy(p.sum(-1, true), y),
    ShapeError,
    /^accuracy: the outputs are \[8,1\], the target \[8,3\]\. Use/,
  ],
])("%s is refused before any step", async (_, bad, type, message) => {
  const trainer = await trainerOf(cpuDevice, { metrics: { bad } });
  const run = () => onlyReport(trainer.fit(examples(10), { epochs: 1 }));
  await expect(run()).rejects.toThrow(type);
  await expect(run()).rejects.toThrow(message);
  expect(trainer.stepCount).toBe(0);
  await trainer.dispose();
});

test("a metric may have any name, and the loss may be one", async () => {
  const trainer = await trainerOf(cpuDevice, { metrics: { loss: halfSquaredError } });
  const { loss, metrics } = await onlyReport(trainer.fit(examples(10), { epochs: 1 }));
  expect(metrics["loss"]).toBe(loss);
  expect(trainer.state.ring.shape).toEqual([128, 2]);
  await trainer.dispose();
});
