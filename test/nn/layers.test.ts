import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/core/errors.ts";
import { isHostTensor, tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import { leavesOf, mapTree } from "../../src/core/tree.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import {
  dense,
  relu,
  sequential,
  sigmoid,
  softmax,
  tanh,
  textbookNetwork,
  type Layer,
  type Named,
} from "../../src/nn/index.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";

/** What a layer gives, on the oracle. */
function apply(layer: Layer, params: Named<HostTensor>, x: HostTensor): HostTensor {
  const specs = mapTree(params, isHostTensor, ({ shape }) => spec(shape));
  const f = (p: Named<Tensor>, x: Tensor): Tensor => layer.apply(p, {}, x, { training: false })[0];
  const { graph } = trace(f, [
    { name: "p", specs },
    { name: "x", specs: spec(x.shape) },
  ]);
  const inputs = [...leavesOf<HostTensor>(params, isHostTensor).map(({ leaf }) => leaf), x];
  const [output] = graph.outputs;
  const found = output && interpret(graph, inputs, "f64").get(output.value.id);
  if (!found) throw new Error("no output");
  return found;
}

const numbers = (given: HostTensor): number[] => Array.from(given.data);
const x = tensor([
  [1, -2],
  [0.5, 3],
]);
const weight = tensor([
  [1, 0, -1],
  [0.5, 2, 0.25],
]);
const offset = tensor([1, -1, 0.5]);

test.each([
  ["bias", [1, -5, -1, 3, 5, 0.75]],
  ["threshold", [-1, -3, -2, 1, 7, -0.25]],
] as const)("dense with a %s", (kind, want) => {
  const layer = dense(2, 3, { offset: kind });
  expect(numbers(apply(layer, { weight, [kind]: offset }, x))).toEqual(want);
});

test("dense with neither", () => {
  const layer = dense(2, 3, { offset: "none" });
  expect(Object.keys(layer.init(new Random(0)))).toEqual(["weight"]);
  expect(numbers(apply(layer, { weight }, x))).toEqual([0, -4, -1.5, 2, 6, 0.25]);
});

test.each([
  [sigmoid(), (v: number) => 1 / (1 + Math.exp(-v))],
  [tanh(), Math.tanh],
  [relu(), (v: number) => Math.max(0, v)],
] as const)("activations act element by element", (layer, f) => {
  const got = numbers(apply(layer, {}, x));
  numbers(x).forEach((v, i) => expect(got[i]).toBeCloseTo(f(v), 12));
  expect(layer.init(new Random(0))).toEqual({});
});

test("softmax is over the last axis", () => {
  const got = numbers(apply(softmax(), {}, x));
  [1 / (1 + Math.exp(-3)), 1 / (1 + Math.exp(3)), 1 / (1 + Math.exp(2.5)), 1 / (1 + Math.exp(-2.5))].forEach(
    (want, i) => expect(got[i]).toBeCloseTo(want, 12),
  );
});

test("sequential applies its layers in order, and names parameters by position", () => {
  const model = sequential(dense(2, 3), relu(), dense(3, 1));
  const params = model.init(new Random(1));
  expect(
    leavesOf<HostTensor>(params, isHostTensor).map(({ name, leaf }) => `${name} ${leaf.shape.join()}`),
  ).toEqual(["0.weight 2,3", "0.bias 3", "2.weight 3,1", "2.bias 1"]);
  const [first, last] = [tensor([1, -1, 0.5]), tensor([[1], [2], [-1]])];
  const given = { 0: { weight, bias: first }, 1: {}, 2: { weight: last, bias: tensor([10]) } };
  // relu([1, −5, −1], [3, 5, 0.75]) · [1, 2, −1] + 10
  expect(numbers(apply(model, given, x))).toEqual([11, 22.25]);
});

test("the textbook's network is dense layers with thresholds and sigmoids", () => {
  const model = textbookNetwork(3, 4, 2);
  expect(model.name).toBe("dense 3-4, sigmoid, dense 4-2, sigmoid");
  const names = leavesOf<HostTensor>(model.init(new Random(0)), isHostTensor).map(({ name }) => name);
  expect(names).toEqual(["0.weight", "0.threshold", "2.weight", "2.threshold"]);
});

describe("first parameters", () => {
  const [inputs, outputs] = [60, 40];
  const limit = Math.sqrt(6 / (inputs + outputs));
  const weights = (seed: number): number[] => {
    const { weight: found } = dense(inputs, outputs).init(new Random(seed));
    return isHostTensor(found) ? numbers(found) : [];
  };

  test("weights are uniform within ±√(6/(inputs+outputs))", () => {
    const all = [1, 2, 3, 4].flatMap(weights);
    const n = all.length;
    const mean = all.reduce((sum, w) => sum + w, 0) / n;
    const variance = all.reduce((sum, w) => sum + (w - mean) ** 2, 0) / n;
    const largest = all.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    expect(largest).toBeLessThanOrEqual(limit);
    expect(largest).toBeGreaterThan(0.99 * limit);
    // Four standard errors: of a mean of n uniform numbers, and of their variance (kurtosis 9/5).
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(limit ** 2 / 3 / n));
    expect(Math.abs(variance / (limit ** 2 / 3) - 1)).toBeLessThan(4 * Math.sqrt(0.8 / n));
    for (const quarter of [-1, -0.5, 0, 0.5]) {
      const share = all.filter((w) => w >= quarter * limit && w < (quarter + 0.5) * limit).length / n;
      expect(Math.abs(share - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / n));
    }
  });

  test("the seed decides them; layers of one stream differ", () => {
    expect(weights(7)).toEqual(weights(7));
    expect(weights(7)).not.toEqual(weights(8));
    const params = sequential(dense(3, 3), dense(3, 3)).init(new Random(7));
    const [first, , second] = leavesOf<HostTensor>(params, isHostTensor).map(({ leaf }) => numbers(leaf));
    expect(first).not.toEqual(second);
  });

  test.each(["bias", "threshold"] as const)("a %s is zero", (kind) => {
    const found = dense(3, 2, { offset: kind }).init(new Random(5))[kind];
    expect(isHostTensor(found) && numbers(found)).toEqual([0, 0]);
  });
});

describe("bad input", () => {
  test.each([0, -1, 1.5, NaN, Infinity])("a layer of %d units", (size) => {
    expect(() => dense(size, 2)).toThrow(ValueError);
    expect(() => dense(size, 2)).toThrow(new RegExp(`^dense: inputs is ${size}\\. Use `));
    expect(() => dense(2, size)).toThrow(new RegExp(`^dense: outputs is ${size}\\. Use `));
  });

  test.each([[[2, 3]], [[2]], [[2, 2, 2]]])("x of shape %j", (shape) => {
    const wrong = tensor(new Float32Array(shape.reduce((p, n) => p * n, 1)), shape);
    const call = () => apply(dense(2, 3), { weight, bias: offset }, wrong);
    expect(call).toThrow(ShapeError);
    expect(call).toThrow(`dense: expected x (B,2), got [${shape.join()}]. Reshape it`);
  });

  test("parameters that are missing", () => {
    const call = () => apply(dense(2, 3), { weight }, x);
    expect(call).toThrow(ShapeError);
    expect(call).toThrow(/^dense: the parameter bias is missing\. Pass/);
  });

  test("no sizes, or one", () => {
    expect(() => textbookNetwork()).toThrow(ValueError);
    expect(() => textbookNetwork(3)).toThrow(/textbookNetwork: .*\[3\].* at least two/);
  });
});
