// Losses against numbers worked out by hand.

import { describe, expect, test } from "vitest";
import { DTypeError, ShapeError, ValueError } from "../../src/core/errors.ts";
import { tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import {
  binaryCrossEntropy,
  halfSquaredError,
  meanSquaredError,
  softmaxCrossEntropy,
  type LossOptions,
} from "../../src/loss/index.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { grad } from "../../src/trace/transform.ts";

type Loss = (prediction: Tensor, target: Tensor, options?: LossOptions) => Tensor;

function evaluate(f: (p: Tensor, t: Tensor) => Tensor, prediction: HostTensor, target: HostTensor): number[] {
  const specs = [prediction, target].map(({ shape, dtype }, i) => ({
    name: `x${i}`,
    specs: spec(shape, dtype === "i32" ? "i32" : "f32"),
  }));
  const { graph } = trace(f, specs);
  const [output] = graph.outputs;
  const doubles = [prediction, target].map((each) =>
    each.dtype === "f32" ? tensor(Float64Array.from(each.data), each.shape) : each,
  );
  return Array.from((output && interpret(graph, doubles, "f64").get(output.value.id)?.data) ?? []);
}

const log = Math.log;
const predictions = tensor([
  [0.5, 1, 0],
  [2, -1, 0.5],
]);
const targets = tensor([
  [1, 0, 0],
  [0, 0, 1],
]);
const [s0, s1] = [log(Math.exp(0.5) + Math.exp(1) + 1), log(Math.exp(2) + Math.exp(-1) + Math.exp(0.5))];
const softplus = (x: number): number => log(1 + Math.exp(x));

const cases: readonly (readonly [string, Loss, HostTensor, number[]])[] = [
  // ½(0.25 + 1 + 0), ½(4 + 1 + 0.25)
  ["halfSquaredError", halfSquaredError, targets, [0.625, 2.625]],
  ["softmaxCrossEntropy of probabilities", softmaxCrossEntropy, targets, [s0 - 0.5, s1 - 0.5]],
  ["softmaxCrossEntropy of classes", softmaxCrossEntropy, tensor(Int32Array.of(1, 0), [2]), [s0 - 1, s1 - 2]],
];

describe.each(cases)("%s", (_, loss, target, each) => {
  const total = each.reduce((sum, x) => sum + x, 0);
  test.each([
    ["none", each],
    ["sum", [total]],
    ["mean", [total / 2]],
  ] as const)("reduction %s", (reduction, want) => {
    const got = evaluate((p, t) => loss(p, t, { reduction }), predictions, target);
    expect(got).toHaveLength(want.length);
    got.forEach((x, i) => expect(x).toBeCloseTo(want[i] ?? NaN, 12));
  });
  test("the mean is what it gives unasked", () => {
    expect(evaluate((p, t) => loss(p, t), predictions, target)[0]).toBeCloseTo(total / 2, 12);
  });
});

const elementwise: readonly (readonly [string, Loss, number[]])[] = [
  ["meanSquaredError", meanSquaredError, [0.25, 1, 0, 4, 1, 0.25]],
  // log(1 + eˣ) − x·t
  ["binaryCrossEntropy", binaryCrossEntropy, [softplus(0.5) - 0.5, softplus(1), softplus(0), softplus(2), softplus(-1), softplus(0.5) - 0.5]],
]; // prettier-ignore

describe.each(elementwise)("%s", (_, loss, each) => {
  const total = each.reduce((sum, x) => sum + x, 0);
  test.each([
    ["none", each],
    ["sum", [total]],
    ["mean", [total / 6]],
  ] as const)("reduction %s", (reduction, want) => {
    const got = evaluate((p, t) => loss(p, t, { reduction }), predictions, targets);
    expect(got).toHaveLength(want.length);
    got.forEach((x, i) => expect(x).toBeCloseTo(want[i] ?? NaN, 12));
  });
});

describe("far from 0", () => {
  const far = tensor([[1000, -1000, 0]]);
  test("cross entropies neither overflow nor vanish", () => {
    expect(evaluate((p, t) => binaryCrossEntropy(p, t, { reduction: "none" }), far, tensor([[1, 1, 1]]))).toEqual([0, 1000, log(2)]); // prettier-ignore
    expect(evaluate(softmaxCrossEntropy, far, tensor(Int32Array.of(1), [1]))).toEqual([2000]);
  });
  test("the derivative of binaryCrossEntropy is σ(x) − t, at 0 as well", () => {
    const f = (p: Tensor, t: Tensor): Tensor => grad((p: Tensor) => binaryCrossEntropy(p, t, { reduction: "sum" }))(p); // prettier-ignore
    const got = evaluate(f, tensor([[0, 1000, -1000, 1]]), tensor([[1, 0, 1, 0.25]]));
    [-0.5, 1, -1, 1 / (1 + Math.exp(-1)) - 0.25].forEach((x, i) => expect(got[i]).toBeCloseTo(x, 12));
  });
  test("the derivative of softmaxCrossEntropy is softmax(x) − t", () => {
    const f = (p: Tensor, t: Tensor): Tensor => grad((p: Tensor) => softmaxCrossEntropy(p, t, { reduction: "sum" }))(p); // prettier-ignore
    const got = evaluate(f, predictions, targets);
    predictions.data.forEach((x: number, i: number) =>
      expect(got[i]).toBeCloseTo(Math.exp(x - (i < 3 ? s0 : s1)) - (targets.data[i] ?? 0), 12),
    );
  });
});

describe("bad input", () => {
  const loss = (f: Loss, target: HostTensor, options?: LossOptions) => () =>
    evaluate((p, t) => f(p, t, options), predictions, target);
  test.each([
    ["halfSquaredError", halfSquaredError],
    ["meanSquaredError", meanSquaredError],
    ["binaryCrossEntropy", binaryCrossEntropy],
    ["softmaxCrossEntropy", softmaxCrossEntropy],
  ] as const)("%s refuses targets of another shape, and reductions that are none", (name, f) => {
    const other = tensor([[1, 0]]);
    expect(loss(f, other)).toThrow(ShapeError);
    expect(loss(f, other)).toThrow(new RegExp(`${name}: .*\\[2,3\\].*\\[1,2\\].*\\.`));
    const most = "most" as "mean";
    expect(loss(f, targets, { reduction: most })).toThrow(ValueError);
    expect(loss(f, targets, { reduction: most })).toThrow(/reduction is "most"\. Use mean, sum or none\./);
  });
  test("class numbers must be one a row, and whole", () => {
    const three = tensor(Int32Array.of(1, 0, 2), [3]);
    expect(loss(softmaxCrossEntropy, three)).toThrow(ShapeError);
    expect(loss(softmaxCrossEntropy, three)).toThrow(/\[2,3\].*\[2\].*\[3\]/);
    expect(loss(halfSquaredError, tensor(Int32Array.of(0, 1, 0, 1, 0, 1), [2, 3]))).toThrow(DTypeError);
  });
});
