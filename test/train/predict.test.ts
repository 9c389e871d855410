// Predictions for inputs without targets, and sets that are let go.

import { expect, test } from "vitest";
import { DTypeError, ShapeError, ValueError } from "../../src/core/errors.ts";
import { tensor, zeros } from "../../src/core/host_tensor.ts";
import { cpuDevice } from "../support/device.ts";
import { examples, trainerOf } from "./networks.ts";

test("a prediction is what an evaluation gives for the same inputs", async () => {
  const trainer = await trainerOf(cpuDevice);
  const set = examples(7);
  for await (const report of trainer.fit(set, { epochs: 2 })) expect(report.loss).toBeGreaterThan(0);
  const { predictions } = await trainer.evaluate(set);
  expect(await trainer.predict(set.x)).toEqual(predictions);
  // Two at once: each gets its own.
  const other = examples(7, 5);
  const both = await Promise.all([trainer.predict(set.x), trainer.predict(other.x)]);
  expect(both[0]).toEqual(predictions);
  expect(both[1]).toEqual((await trainer.evaluate(other)).predictions);
  await trainer.dispose();
});

test("what cannot be predicted from is refused", async () => {
  const trainer = await trainerOf(cpuDevice);
  await expect(trainer.predict(zeros([2, 4]))).rejects.toThrow(ShapeError);
  await expect(trainer.predict(tensor([[1, 2, NaN, 4, 5]]))).rejects.toThrow(ValueError);
  await expect(trainer.predict(zeros([1, 5], "i32"))).rejects.toThrow(DTypeError);
  await trainer.dispose();
  await expect(trainer.predict(zeros([1, 5]))).rejects.toThrow("disposed");
});

test("a set that was released is uploaded anew, and leaves nothing behind", async () => {
  const trainer = await trainerOf(cpuDevice);
  const set = examples(9);
  const before = await trainer.evaluate(set);
  const program = await trainer.program(set);
  await trainer.release(set);
  expect(() => program.run({ rows: new Uint32Array(8), learningRate: 1 })).toThrow("disposed");
  expect(await trainer.evaluate(set)).toEqual(before);
  await trainer.release(examples(3));
  await trainer.dispose();
});
