// What every primitive must keep, case by case. On the CPU: the shape rule tells what the reference makes, the derivative
// agrees with central differences, a value used twice gets the sum of its cotangents, and the derivative has one of its
// own. On WebGPU, in WebAssembly and by gpu.js: result and gradients agree with the oracle. All cases of an op are one program there.

import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { hostTensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { sizeOf } from "../../src/core/shape.ts";
import type { Tree } from "../../src/core/tree.ts";
import type { Attrs } from "../../src/graph/op.ts";
import { at, type Primitive } from "../../src/ops/define.ts";
import { byReference } from "../../src/oracle/references.ts";
import type { Device } from "../../src/runtime/device.ts";
import { checkGradients } from "../../src/inspect/check_gradients.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";
import { expectClose } from "./close.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "./device.ts";
import {
  applied,
  elementsOf,
  isDifferentiable,
  isFloat,
  specOf,
  vjpOf,
  weighed,
  type Applied,
  type OpCase,
  type OpTolerances,
} from "./op_case.ts";
import { caseSpecs, interpreted, runCases, type CaseTensors, type Compared } from "./op_runs.ts";

export interface OpContract<A extends Attrs> extends OpTolerances {
  readonly cases: readonly OpCase<A>[];
  /** False where no second derivative is to be had from differences: the first is piecewise constant. */
  readonly second?: boolean;
}

/**
 * The tolerances are of WGSL. GLSL's highp has the same for exp, log and quotients (dEQP-GLES3.functional.shaders.builtin_functions.precision,
 * of Khronos's conformance tests), and what computes on the CPU errs by less.
 */
const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["WebGPU", webGpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
];

/** More float elements than this, and differences take seconds: smaller cases see to the derivative. */
const FEW = 160;

export function opContract<A extends Attrs>(
  op: Primitive<A>,
  { cases, second = true, ...tolerances }: OpContract<A>,
): void {
  const all = cases.map((one) => applied(op, tolerances, one));
  const runs = devices.map(([name, open]) => {
    let run: Promise<readonly Compared[]> | undefined;
    return [name, () => (run ??= open().then((device) => runCases(device, all)))] as const;
  });

  describe(op.name, () => {
    for (const [i, one] of all.entries())
      describe(one.title || "scalar", () => {
        test("the shape rule tells what the reference makes", () => expectInferred(one));
        for (const [name, run] of runs)
          test(`${name} agrees with the reference`, async () => expectAgreement(one, (await run())[i]));
        if (!isDifferentiable(one) || elementsOf(one) > FEW) return;
        test("the gradient agrees with central differences", () => {
          const report = checkGradients(lossOf(one), argumentsOf(one));
          expect(report.ok, String(report)).toBe(true);
          expect(report.rows.length).toBe(elementsOf(one));
        });
        test("a value used twice gets the sum of its cotangents", () => expectSum(one));
        test("the gradient of the gradient traces", () => expectSecond(one, second));
      });
  });
}

function expectInferred(one: Applied): void {
  const inferred = one.op.infer(one.inputs.map(specOf), one.attrs);
  const made = byReference(one.op, one.inputs, one.attrs, "f32");
  expect(made.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(inferred);
  for (const { shape, data } of made) expect(data.length).toBe(sizeOf(shape));
}

function expectAgreement(one: Applied, got: Compared | undefined): void {
  const [want] = byReference(one.op, one.inputs, one.attrs, "f32");
  if (!got || !want) throw new Error(`${one.op.name} gave nothing`);
  expect(got.messages).toEqual([]);
  expectClose(got.value, want, one.tolerance);
  expect(got.gradients.length).toBe(isDifferentiable(one) ? one.inputs.filter(isFloat).length : 0);
  got.gradients.forEach((gradient, i) =>
    expectClose(gradient, at(got.expected, i), one.gradientTolerance, `gradient ${i}`),
  );
}

/** ∂(f+g) = ∂f + ∂g, where f and g read the same inputs through an op each. */
function expectSum(one: Applied): void {
  const found = interpreted(one, ({ inputs, cotangent }) => {
    const other = cotangent.mul(-3).add(0.25);
    const f = weighed(one, inputs, cotangent);
    const g = weighed(one, inputs, other);
    const floats = inputs.filter(({ dtype }) => dtype === "f32");
    return [
      vjpOf(one, inputs, cotangent),
      vjpOf(one, inputs, other),
      gradientOf((x) => f(x).add(g(x)), floats),
    ];
  });
  at(found, 2).forEach((sum, i) => {
    const p = at(at(found, 0), i);
    const q = at(at(found, 1), i);
    const want = Float64Array.from(p.data, (x, element) => x + (q.data[element] ?? NaN));
    // f64 throughout; the terms may be added in another order.
    expectClose(sum, hostTensor(want, p.shape), { rtol: 1e-12, atol: 1e-12 }, `gradient ${i}`);
  });
}

function expectSecond(one: Applied, differences: boolean): void {
  const slope = (floats: readonly Tensor[], rest: CaseTensors): Tensor => slopeOf(one, floats, rest);
  const ofSlope = (floats: readonly Tensor[], rest: CaseTensors): readonly Tensor[] =>
    gradientOf((x) => slope(x, rest), floats);
  const floats = one.inputs.filter(isFloat).map(({ shape }) => spec(shape));
  const { graph } = trace(ofSlope, [
    { name: "x", specs: floats },
    { name: "c", specs: caseSpecs(one) },
  ]);
  expect(lower(graph, cpuDevice.profile).graph.outputs.length).toBe(floats.length);
  if (!differences) return;
  const report = checkGradients(slope as never, argumentsOf(one));
  expect(report.ok, String(report)).toBe(true);
}

const gradientOf = (f: (x: readonly Tensor[]) => Tensor, x: readonly Tensor[]): readonly Tensor[] =>
  valueAndGrad<[readonly Tensor[]]>(f)(x)[1];

/** Float inputs first, as what is differentiated; then the case. */
const argumentsOf = (one: Applied): readonly Tree<HostTensor>[] => [
  one.inputs.filter(isFloat),
  { inputs: one.inputs, cotangent: one.cotangent },
];

const lossOf = (one: Applied) =>
  ((floats: readonly Tensor[], { inputs, cotangent }: CaseTensors) =>
    weighed(one, inputs, cotangent)(floats)) as never;

/** Σᵢ (i+1)·Σ gradientᵢ, weighed unevenly: a scalar whose gradient is a second derivative. */
function slopeOf(one: Applied, floats: readonly Tensor[], { inputs, cotangent }: CaseTensors): Tensor {
  const gradients = gradientOf(weighed(one, inputs, cotangent), floats);
  return gradients
    .map((gradient, i) =>
      gradient
        .mul(floats[i] ?? 1)
        .mul(i + 1)
        .sum(),
    )
    .reduce((sum, part) => sum.add(part));
}
