// Optimizers against their rules, worked out in f64.

import { describe, expect, test } from "vitest";
import { compileStep } from "../../src/compile.ts";
import { ValueError } from "../../src/core/errors.ts";
import { isHostTensor, tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { mapTree, type Tree } from "../../src/core/tree.ts";
import { adam, adamW, sgd, type Optimizer } from "../../src/optim/index.ts";
import { upload, type DeviceTensor } from "../../src/runtime/device_tensor.ts";
import type { Device } from "../../src/runtime/device.ts";
import { hyper, spec } from "../../src/trace/trace.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";

const start = [1, -0.5, 0.25];
const gradientAt = (t: number): number[] => [0.5, -0.25 * t, 1 / t];

/** The parameter after each of `steps` steps, from gradients that are given; slots are set before by `prepare`. */
async function run(
  device: Device,
  optimizer: Optimizer,
  steps: number,
  prepare: (slots: Tree<HostTensor>) => Tree<HostTensor> = (slots) => slots,
): Promise<number[][]> {
  const params = { w: tensor(start) };
  const up = (leaf: HostTensor): DeviceTensor => upload(device, leaf);
  const state = {
    w: up(params.w),
    slots: mapTree(prepare(optimizer.init(params)), isHostTensor, up),
  };
  const step = (s: { w: Tensor; slots: Tree<Tensor> }, { g, rate }: { g: Tensor; rate: Tensor }) => {
    const next = optimizer.update({ params: { w: s.w }, gradients: { w: g }, slots: s.slots, learningRate: rate }); // prettier-ignore
    return [{ ...next.params as { w: Tensor }, slots: next.slots }, []] as const; // prettier-ignore
  };
  const program = await compileStep(device, step as never, state as never, { g: spec([3]), rate: hyper() });
  const seen: number[][] = [];
  for (let t = 1; t <= steps; t++) {
    program.run({ g: tensor(gradientAt(t)), rate: optimizer.learningRate });
    seen.push(Array.from((await state.w.read()).data));
  }
  program.dispose();
  return seen;
}

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["the CPU", async () => cpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
  ["WebGPU", webGpuDevice],
];

function expectNear(got: readonly number[][], want: readonly number[][], bound: number): void {
  want.forEach((row, t) =>
    row.forEach((x, i) => {
      const error = Math.abs((got[t]?.[i] ?? NaN) - x);
      expect(error, `step ${t + 1}, element ${i}: ${got[t]?.[i]}, not ${x}`).toBeLessThanOrEqual(bound);
    }),
  );
}

describe.each(devices)("on %s", (_, open) => {
  test.each([0, 0.5, 0.9])("sgd with momentum %d", async (momentum) => {
    const [w, v] = [[...start], start.map(() => 0)];
    const want = [1, 2, 3, 4].map((t) =>
      w.map((_, i) => {
        v[i] = momentum * (v[i] ?? NaN) + (gradientAt(t)[i] ?? NaN);
        return (w[i] = (w[i] ?? NaN) - 0.125 * (v[i] ?? NaN));
      }),
    );
    expectNear(await run(await open(), sgd({ learningRate: 0.125, momentum }), 4), want, 4e-7);
  });

  test.each([
    [0.9, 0.999],
    [0, 0.5],
    [0.5, 0],
  ])("adam, betas %d and %d, from its first step on", async (beta1, beta2) => {
    const epsilon = 1e-3;
    const [w, m, v] = [[...start], start.map(() => 0), start.map(() => 0)];
    const want = [1, 2, 3].map((t) =>
      w.map((_, i) => {
        const g = gradientAt(t)[i] ?? NaN;
        m[i] = beta1 * (m[i] ?? NaN) + (1 - beta1) * g;
        v[i] = beta2 * (v[i] ?? NaN) + (1 - beta2) * g * g;
        const mean = (m[i] ?? NaN) / (1 - beta1 ** t);
        const square = (v[i] ?? NaN) / (1 - beta2 ** t);
        return (w[i] = (w[i] ?? NaN) - (0.125 * mean) / (Math.sqrt(square) + epsilon));
      }),
    );
    expectNear(await run(await open(), adam({ learningRate: 0.125, beta1, beta2, epsilon }), 3), want, 1e-6);
  });

  test.each([0, 0.5])("adamW shrinks the parameter by μ·%d, then takes Adam's step", async (weightDecay) => {
    const epsilon = 1e-3;
    const [w, m, v] = [[...start], start.map(() => 0), start.map(() => 0)];
    const want = [1, 2, 3].map((t) =>
      w.map((_, i) => {
        const g = gradientAt(t)[i] ?? NaN;
        m[i] = 0.9 * (m[i] ?? NaN) + 0.1 * g;
        v[i] = 0.999 * (v[i] ?? NaN) + 0.001 * g * g;
        const mean = (m[i] ?? NaN) / (1 - 0.9 ** t);
        const square = (v[i] ?? NaN) / (1 - 0.999 ** t);
        const kept = (w[i] ?? NaN) * (1 - 0.125 * weightDecay);
        return (w[i] = kept - (0.125 * mean) / (Math.sqrt(square) + epsilon));
      }),
    );
    const optimizer = adamW({ learningRate: 0.125, epsilon, weightDecay });
    expectNear(await run(await open(), optimizer, 3), want, 1e-6);
  });

  // The correction is what f32 would spoil: 1 − 0.999ᵗ is 0.001 at first, and 1 − 0.9⁹⁹⁹ is all but 1.
  test.each([1, 2, 10, 51, 1000])("adam's bias correction at step %i", async (t) => {
    const [m, v, rate] = [0.5, 0.25, 0.125];
    const epsilon = 1e-8;
    const prepare = (slots: Tree<HostTensor>): Tree<HostTensor> => ({
      ...(slots as Record<string, Tree<HostTensor>>),
      step: tensor(t - 1),
      first: { w: tensor([m, m, m]) },
      second: { w: tensor([v, v, v]) },
    });
    const [got] = await run(await open(), adam({ learningRate: rate, epsilon }), 1, prepare);
    gradientAt(1).forEach((g, i) => {
      const mean = (0.9 * m + 0.1 * g) / (1 - 0.9 ** t);
      const square = (0.999 * v + 0.001 * g * g) / (1 - 0.999 ** t);
      const step = (rate * mean) / (Math.sqrt(square) + epsilon);
      const error = Math.abs((start[i] ?? NaN) - (got?.[i] ?? NaN) - step) / Math.abs(step);
      // The parameter itself rounds to 2⁻²⁴.
      expect(error, `element ${i}`).toBeLessThan(2e-6 + 2 ** -23 / Math.abs(step));
    });
  });
});

describe("options out of range", () => {
  const rates = [-0.1, NaN, Infinity, -Infinity];
  const shares = [-0.1, 1, 2, NaN, Infinity];
  test.each([
    ...rates.map((x) => ["sgd: learningRate", x, () => sgd({ learningRate: x })] as const),
    ...shares.map((x) => ["sgd: momentum", x, () => sgd({ learningRate: 1, momentum: x })] as const),
    ...rates.map((x) => ["adam: learningRate", x, () => adam({ learningRate: x })] as const),
    ...shares.map((x) => ["adam: beta1", x, () => adam({ learningRate: 1, beta1: x })] as const),
    ...shares.map((x) => ["adam: beta2", x, () => adam({ learningRate: 1, beta2: x })] as const),
    ...rates.map((x) => ["adam: epsilon", x, () => adam({ learningRate: 1, epsilon: x })] as const),
    ...rates.map((x) => ["adamW: learningRate", x, () => adamW({ learningRate: x })] as const),
    ...rates.map((x) => ["adamW: weightDecay", x, () => adamW({ learningRate: 1, weightDecay: x })] as const),
  ])("%s = %d", (name, value, make) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(new RegExp(`^${name} is ${value}\\. Use `));
  });

  test("a rate of 0 is allowed", () => {
    expect(sgd({ learningRate: 0 }).learningRate).toBe(0);
    expect(adam({ learningRate: 0 }).learningRate).toBe(0);
  });
});
