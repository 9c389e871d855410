// Layer norm against its equations, worked out in f64.

import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { ShapeError, ValueError } from "../../src/core/errors.ts";
import { hostTensor, tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import { checkGradients } from "../../src/inspect/check_gradients.ts";
import { parity } from "../../src/inspect/parity.ts";
import { layerNorm } from "../../src/nn/index.ts";
import type { Device } from "../../src/runtime/device.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";

const features = 5;
const random = new Random(3);
const uniform = (shape: readonly number[]): HostTensor =>
  hostTensor(
    Float32Array.from({ length: shape.reduce((p, n) => p * n, 1) }, () => random.uniform(-2, 2)),
    shape,
  );
const params = { weight: uniform([features]), bias: uniform([features]) };
const cotangent = uniform([2, 3, features]);
/** A row of equal features, and others. */
const near = uniform([2, 3, features]);
near.data.fill(0.75, features, 2 * features);
/** The same with a row far from 0. */
const far = hostTensor(
  near.data.map((value: number, i: number) => (i < features ? value + 1000 : value)),
  near.shape,
);

type Params = { readonly weight: Tensor; readonly bias: Tensor };

const normed = (epsilon: number, { weight, bias }: Params, x: Tensor): Tensor =>
  layerNorm(features, { epsilon }).apply({ weight, bias }, {}, x, { training: true })[0];

/** γ∘(x − μ)/√(σ² + ε) + β, row by row. */
function expected(epsilon: number, x: HostTensor): number[] {
  const rows = Array.from({ length: x.data.length / features }, (_, r) =>
    Array.from(x.data.slice(r * features, (r + 1) * features) as Float32Array),
  );
  return rows.flatMap((row) => {
    const mean = row.reduce((sum, v) => sum + v, 0) / features;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / features;
    return row.map(
      (v, i) =>
        ((params.weight.data[i] ?? NaN) * (v - mean)) / Math.sqrt(variance + epsilon) +
        (params.bias.data[i] ?? NaN),
    );
  });
}

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["the CPU", async () => cpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
  ["WebGPU", webGpuDevice],
];

describe.each(devices)("on %s", (_, open) => {
  test("rows have mean 0 and variance 1, times weight plus bias", async () => {
    const device = await open();
    const loss = (p: Params, x: Tensor, ct: Tensor): Tensor => normed(0.01, p, x).mul(ct).sum();
    const byParams = valueAndGrad<[Params, Tensor, Tensor]>(loss);
    const byX = valueAndGrad<[Params, Tensor, Tensor], 1>(loss, { argnum: 1 });
    const program = await compile(
      device,
      (p: Params, x: Tensor, ct: Tensor) => [normed(0.01, p, x), byParams(p, x, ct), byX(p, x, ct)] as const,
      { weight: spec([features]), bias: spec([features]) },
      spec(far.shape),
      spec(far.shape),
    );
    program.run(params, far, cotangent);
    const [y] = await program.read();
    // Five sums of up to 5000, rounded to 2⁻¹², a fifth of that in the mean; times γ/σ, which is about 2.
    expected(0.01, far).forEach((want, i) =>
      expect(Math.abs((y.data[i] ?? NaN) - want), `element ${i}: ${y.data[i]}, not ${want}`).toBeLessThan(
        i < features ? 1e-3 : 3e-6,
      ),
    );
    // Far from 0 the rounding of a mean alone is more than parity allows.
    program.run(params, near, cotangent);
    const report = await parity(program);
    expect(report.ok, String(report)).toBe(true);
    program.dispose();
  });
});

test("its gradients agree with central differences", () => {
  const x = uniform([3, features]);
  const weighed = (argument: number) => {
    const f = (own: Tensor, others: { x: Tensor; weight: Tensor; bias: Tensor; ct: Tensor }): Tensor => {
      const all = [others.x, others.weight, others.bias];
      all[argument] = own;
      const [given = own, weight = own, bias = own] = all;
      return normed(1e-5, { weight, bias }, given).mul(others.ct).sum();
    };
    return f as never;
  };
  const rest = { x, ...params, ct: uniform([3, features]) };
  for (const [argument, of] of [x, params.weight, params.bias].entries()) {
    const report = checkGradients(weighed(argument), [of, rest]);
    expect(report.ok, String(report)).toBe(true);
    expect(report.rows).toHaveLength(of.data.length);
  }
});

test("it starts as the identity of normalized rows", () => {
  const { weight, bias } = layerNorm(3).init(new Random(0));
  expect([weight, bias]).toEqual([tensor([1, 1, 1]), tensor([0, 0, 0])]);
  expect(layerNorm(3).name).toBe("layer norm 3");
});

describe("bad input", () => {
  test.each([0, -1, 1.5, NaN])("%d features", (size) => {
    expect(() => layerNorm(size)).toThrow(ValueError);
    expect(() => layerNorm(size)).toThrow(new RegExp(`^layerNorm: features is ${size}\\. Use `));
  });
  test.each([-1, NaN, Infinity])("an epsilon of %d", (epsilon) => {
    expect(() => layerNorm(3, { epsilon })).toThrow(new RegExp(`^layerNorm: epsilon is ${epsilon}\\. Use `));
  });
  test("rows of another length", () => {
    const make = () =>
      compile(cpuDevice, (p: Params, x: Tensor) => normed(0, p, x), { weight: spec([5]), bias: spec([5]) }, spec([2, 4])); // prettier-ignore
    return Promise.all([
      expect(make).rejects.toThrow(ShapeError),
      expect(make).rejects.toThrow("layerNorm: expected x (…,5), got [2,4]. Reshape it"),
    ]);
  });
  test("parameters that are missing", () => {
    const make = () =>
      compile(cpuDevice, (x: Tensor) => layerNorm(4).apply({}, {}, x, { training: false })[0], spec([2, 4]));
    return expect(make).rejects.toThrow(/^layerNorm: the parameter weight is missing\. Pass/);
  });
});
