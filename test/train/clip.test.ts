// Clipping by the norm of all gradients together.

import { describe, expect, test } from "vitest";
import { hostTensor, tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { parity } from "../../src/inspect/parity.ts";
import { halfSquaredError } from "../../src/loss/index.ts";
import { dense } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import type { Device } from "../../src/runtime/device.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { expectClose, ulps } from "../support/close.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { examples, onlyReport, reportsOf, trainerOf } from "./networks.ts";

const RATE = 0.5;
const set = {
  x: tensor([[1, -2], [0.5, 3], [-1, 1]]), // prettier-ignore
  y: tensor([[1, 0, 2], [-1, 2, 0], [0, 1, 1]]), // prettier-ignore
};
const first = {
  weight: tensor([[0.5, -1, 2], [1, 0.25, -0.5]]), // prettier-ignore
  bias: tensor([0.5, -0.25, 1]),
};
const numbers = ({ data }: HostTensor): number[] => Array.from(data);

/**
 * One step on y = x·W + b with the half squared error, in double precision: δ = (y − t)/B, dW = xᵀ·δ, db = Σδ, and both
 * shortened to the norm `most`.
 */
function afterOneStep(most: number): Record<string, HostTensor> {
  const [x, t, w, b] = [set.x, set.y, first.weight, first.bias].map(numbers);
  if (!x || !t || !w || !b) throw new Error("unreachable");
  const at = (list: number[], i: number): number => list[i] ?? NaN;
  const dw = new Array<number>(6).fill(0);
  const db = new Array<number>(3).fill(0);
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) {
      const y = at(x, 2 * i) * at(w, j) + at(x, 2 * i + 1) * at(w, 3 + j) + at(b, j);
      const delta = (y - at(t, 3 * i + j)) / 3;
      for (let k = 0; k < 2; k++) dw[3 * k + j] = at(dw, 3 * k + j) + at(x, 2 * i + k) * delta;
      db[j] = at(db, j) + delta;
    }
  const norm = Math.hypot(...dw, ...db);
  const factor = RATE * Math.min(1, most / norm);
  const moved = (from: number[], by: number[]): Float32Array =>
    Float32Array.from(from, (value, i) => value - factor * at(by, i));
  return { weight: hostTensor(moved(w, dw), [2, 3]), bias: hostTensor(moved(b, db), [3]) };
}

async function oneStep(device: Device, clipNorm: number): Promise<Record<string, HostTensor>> {
  const trainer = await createTrainer(device, {
    model: dense(2, 3),
    loss: halfSquaredError,
    optimizer: sgd({ learningRate: RATE }),
    batchSize: 3,
    clipNorm,
  });
  trainer.load(first);
  await onlyReport(trainer.fit(set, { epochs: 1 }));
  const params = await trainer.params();
  await trainer.dispose();
  return params;
}

describe.each([
  ["the CPU", async () => cpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
  ["WebGPU", webGpuDevice],
] as const)("on %s", (_, open) => {
  // Weights are near 1: each sum of three products errs by a few units of their last place.
  test.each([0.1, 1, 100])("a step of norm at most %d is the closed form's", async (most) => {
    const [got, want] = [await oneStep(await open(), most), afterOneStep(most)];
    for (const name of ["weight", "bias"])
      expectClose(got[name] as HostTensor, want[name] as HostTensor, { rtol: ulps(4).rtol, atol: 5e-7 }, name); // prettier-ignore
  });

  test("the step of a whole network is as long as was allowed", async () => {
    const trainer = await trainerOf(await open(), { layers: 3, clipNorm: 0.01, learningRate: 2 });
    const before = await trainer.params();
    await onlyReport(trainer.fit(examples(8), { epochs: 1 }));
    const after = await trainer.params();
    await trainer.dispose();
    const steps = Object.entries(after).flatMap(([name, { data }]) =>
      Array.from(data, (value, i) => value - (before[name]?.data[i] ?? NaN)),
    );
    // Each of the 55 parameters, at most 1, is rounded by up to half a unit in the last place.
    expect(Math.abs(Math.hypot(...steps) - 2 * 0.01)).toBeLessThan(Math.sqrt(steps.length) * 2 ** -24);
  });

  test("what is short enough stays as it is", async () => {
    const device = await open();
    const fitted = async (clipNorm: number) => {
      const trainer = await trainerOf(device, { momentum: 0.5, clipNorm });
      const reports = await reportsOf(trainer.fit(examples(21), { epochs: 2 }));
      const params = await trainer.params();
      await trainer.dispose();
      return { params, losses: tensor(reports.map(({ loss }) => loss)) };
    };
    const [clipped, plain] = [await fitted(1e6), await fitted(Infinity)];
    expectClose(clipped.losses, plain.losses, ulps(4), "losses");
    for (const [name, want] of Object.entries(plain.params))
      expectClose(clipped.params[name] as HostTensor, want, { rtol: 0, atol: 1e-6 }, name);
  });
});

test("every value of such a step is the reference's", async () => {
  const trainer = await trainerOf(await webGpuDevice(), { clipNorm: 0.01 });
  const program = await trainer.program(examples(8));
  program.run({ rows: Uint32Array.from({ length: 8 }, (_, i) => i), learningRate: 1 });
  expect(await parity(program)).toMatchObject({ ok: true });
  await trainer.dispose();
});
