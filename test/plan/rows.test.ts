// Kernels that work row by row, with an invocation or a workgroup a row: as few as there should be, and what they compute.

import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { HostTensor } from "../../src/core/host_tensor.ts";
import { hostTensor } from "../../src/core/host_tensor.ts";
import type { Shape } from "../../src/core/shape.ts";
import { formatOps } from "../../src/graph/print.ts";
import { softmaxCrossEntropy } from "../../src/loss/index.ts";
import { layerNorm } from "../../src/nn/index.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { record } from "../../src/trace/functional.ts";
import { spec, traceStep, type InputSpec } from "../../src/trace/trace.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";
import { webGpuDevice } from "../support/device.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { uniform } from "../support/values.ts";
import { checkBindings, checkContents } from "./check_plan.ts";
import { runOracle, runPlan } from "./run_plan.ts";

type Tensors = Record<string, Tensor>;
type Step = (state: Tensors, inputs: Tensors) => readonly [Tensors, readonly Tensor[]];

interface Case {
  readonly title: string;
  readonly state?: Readonly<Record<string, InputSpec>>;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly step: Step;
  /** The ops of each kernel. */
  readonly kernels: readonly string[];
}

const given = (tensors: Tensors, name: string): Tensor => {
  const found = tensors[name];
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};
/** Longer than a workgroup, and no multiple of it. */
const LONG = 70;
const labels = spec([9], "u32");

const cases: readonly Case[] = [
  {
    title: "layer norm and its gradients",
    inputs: { x: spec([9, LONG]), ct: spec([9, LONG]), weight: spec([LONG]), bias: spec([LONG]) },
    step: (_, inputs) => {
      const loss = (own: readonly Tensor[]): Tensor => {
        const [x = given(inputs, "x"), weight = x, bias = x] = own;
        const [y] = layerNorm(LONG).apply({ weight, bias }, {}, x, { training: true });
        return y.mul(given(inputs, "ct")).sum();
      };
      const all = ["x", "weight", "bias"].map((name) => given(inputs, name));
      const [value, gradients] = valueAndGrad<[readonly Tensor[]]>(loss)(all);
      return [{}, [value, ...gradients]];
    },
    kernels: [
      "sum mul sub square sum mul add sqrt div mul add mul mul div mul sum neg mul div mul mul mul add sum neg mul add",
      "sum",
      "sum mul sum",
    ],
  },
  {
    title: "the cross-entropy of labels and its gradient",
    inputs: { x: spec([9, LONG]), labels },
    step: (_, inputs) => [
      {},
      valueAndGrad<[Tensor]>((x) => softmaxCrossEntropy(x, given(inputs, "labels")))(given(inputs, "x")),
    ],
    kernels: ["logSoftmax pick neg broadcast neg place exp sum mul sub", "sum mul"],
  },
  {
    title: "rows whose elements lie apart, between others",
    inputs: { x: spec([2, LONG, 3]) },
    step: (_, inputs) => {
      const x = given(inputs, "x");
      const low = x.min(1, true);
      return [{}, [x.sub(low).div(x.max(1, true).sub(low).add(1)), x.abs().sum(1).add(1).log()]];
    },
    kernels: ["min sub max sub add div abs sum add log"],
  },
  {
    title: "columns",
    inputs: { x: spec([LONG, 9]), scale: spec([9]) },
    step: (_, inputs) => {
      const centered = given(inputs, "x").sub(given(inputs, "x").mean(0));
      return [{}, [centered.mul(given(inputs, "scale")), centered.square().mean(0).add(1e-3).sqrt()]];
    },
    kernels: ["sum mul sub mul square sum mul add sqrt"],
  },
  {
    title: "states of rows and of elements, read and overwritten by one kernel",
    state: { mean: spec([9, 1]), last: spec([9, LONG]) },
    inputs: { x: spec([9, LONG]) },
    step: (state, inputs) => {
      const [mean, last, x] = [given(state, "mean"), given(state, "last"), given(inputs, "x")];
      const next = mean.mul(0.75).add(x.abs().mean(1, true).mul(0.25));
      return [{ mean: next, last: last.mul(0.5).add(x).mul(next) }, []];
    },
    kernels: ["mul abs sum mul add mul add mul"],
  },
  {
    title: "totals of everything, kept in a ring",
    state: { ring: spec([2, 2]), step: spec([], "u32"), count: spec([]) },
    inputs: { x: spec([3, LONG]) },
    step: (state, inputs) => {
      const [x, count] = [given(inputs, "x"), given(state, "count")];
      const spread = x.max().sub(x.min());
      const logged = record(given(state, "ring"), given(state, "step"), [x.sum(), spread.mul(count)]);
      return [{ ...logged, count: count.add(1) }, []];
    },
    kernels: ["max min sub sum mul record add"],
  },
];

const graphOf = ({ state = {}, inputs, step }: Case) =>
  traceStep(step, state, [{ name: "", specs: inputs }]).graph;

function dataFor({ state = {}, inputs }: Case): HostTensor[] {
  return Object.values({ ...state, ...inputs }).map(({ shape, dtype }, i) =>
    dtype === "u32" ? counting(shape) : uniform(-2, 2)(shape, i + 1),
  );
}
const counting = (shape: Shape): HostTensor =>
  hostTensor(
    Uint32Array.from({ length: shape[0] ?? 1 }, (_, i) => (i * 17) % LONG),
    shape,
  );

test.each(cases)("$title: as few kernels as there can be", (one) => {
  for (const profile of [plainSoftware, plainGpu]) {
    const plan = lower(graphOf(one), profile);
    checkBindings(plan);
    checkContents(plan);
    expect(plan.dispatches.map(({ node }) => formatOps(node).replaceAll("·", " "))).toEqual(one.kernels);
  }
});

describe.each([
  ["an invocation", plainSoftware],
  ["a workgroup", plainGpu],
] as const)("%s a row", (_, profile) => {
  test.each(cases)("$title", async (one) => {
    const device = await webGpuDevice();
    const graph = graphOf(one);
    const data = dataFor(one);
    const want = runOracle(graph, data, 2, "f64");
    const got = await runPlan(device, graph, lower(graph, profile), data);
    const pairs = [
      ...want.outputs.flatMap((run, i) => run.map((x, j) => [got.outputs[i]?.[j], x] as const)),
      ...want.states.map((x, i) => [got.states[i], x] as const),
    ];
    for (const [found, expected] of pairs)
      // Sums of 210 terms of up to 30, in f32.
      expected.forEach((y: number, i: number) => {
        expect(Math.abs((found?.[i] ?? NaN) - y), `element ${i}: ${found?.[i]}, not ${y}`).toBeLessThan(2e-4);
      });
  });
});
