import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/core/errors.ts";
import { tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import type { Tree } from "../../src/core/tree.ts";
import { Random } from "../../src/core/random.ts";
import { checkGradients } from "../../src/inspect/check_gradients.ts";
import {
  binaryCrossEntropy,
  halfSquaredError,
  meanSquaredError,
  softmaxCrossEntropy,
} from "../../src/loss/index.ts";
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
import type { Primitive, NoAttrs } from "../../src/ops/define.ts";
import { sigmoid as sigmoidOp } from "../../src/ops/sigmoid.ts";
import { Tensor } from "../../src/trace/tensor.ts";

const random = new Random(11);
const filled = (...shape: number[]): HostTensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((p, n) => p * n, 1) }, () => random.uniform(-1, 1)),
    shape,
  );

type Loss = (prediction: Tensor, target: Tensor) => Tensor;
const labels = tensor(Int32Array.of(0, 2, 1, 2), [4]);
const positives = tensor(Float32Array.of(0, 1, 0.5, 1, 0.25, 0, 1, 0, 0.75, 1, 1, 0), [4, 3]);

describe("good models pass", () => {
  test.each<[string, Layer, Loss, HostTensor]>([
    ["the textbook's network", textbookNetwork(5, 4, 3), halfSquaredError, positives],
    [
      "relu and softmax, mean squared error",
      sequential(dense(5, 4), relu(), dense(4, 3), softmax()),
      meanSquaredError,
      positives,
    ],
    ["tanh, class numbers", sequential(dense(5, 4), tanh(), dense(4, 3)), softmaxCrossEntropy, labels],
    ["class probabilities", sequential(dense(5, 3, { offset: "none" })), softmaxCrossEntropy, positives],
    ["logits of yes and no", sequential(dense(5, 4), sigmoid(), dense(4, 3)), binaryCrossEntropy, positives],
  ])("%s", (_, model, loss, target) => {
    const params = model.init(new Random(2));
    const x = filled(4, 5);
    const report = checkGradients(
      (p: Tree<Tensor>, x: Tree<Tensor>, y: Tree<Tensor>) =>
        loss(model.apply(p as Named<Tensor>, {}, x as Tensor, { training: true })[0], y as Tensor),
      [params, x, target],
    );
    expect(report.ok, String(report)).toBe(true);
    expect(report.rows.map(({ name }) => name)).toContain("0.weight");
    expect(report.worst?.error).toBeLessThan(1e-8);
    expect(String(report)).toBe(`${report.rows.length} gradients agree`);
  });
});

describe("broken rules fail", () => {
  const broken =
    (vjp: NonNullable<Primitive<NoAttrs>["vjp"]>) =>
    (x: Tensor): Tensor => {
      const op: Primitive<NoAttrs> = { ...sigmoidOp, name: "brokenSigmoid", vjp };
      const [y] = x.tracer.graph.emit(op, [x.value], {});
      if (!y) throw new Error("no output");
      return new Tensor(x.tracer, y);
    };
  const f = broken(({ out, ct }, b) => [
    // The sign that the chapter's σ′ has for a threshold.
    b.neg(b.sigmoidBackward(out, ct)),
  ]);
  const g = broken(({ x, ct }, b) => [
    // σ′ taken from the input instead of the output.
    b.sigmoidBackward(x, ct),
  ]);
  const h = broken(({ ct }) => [ct]);

  test.each([
    ["a sign", f],
    ["input for output", g],
    ["a factor that is missing", h],
  ] as const)("%s", (_, op) => {
    const x = tensor([0.5, -0.25]);
    const report = checkGradients((x) => op((x as Tensor).mul(2)).sum(), [x]);
    expect(report.ok).toBe(false);
    expect(String(report)).toMatch(/^x0\[0\]: gradient -?[\d.]+(e-\d+)?, central difference [\d.]+/);
    expect(report.worst?.error).toBeGreaterThan(0.01);
  });

  test("a gradient that is NaN", () => {
    const report = checkGradients(
      (x, mask) =>
        (x as Tensor)
          .mul(mask as Tensor)
          .sqrt()
          .sum(),
      [tensor([1, 2, 4]), tensor([1, 0, 1])],
    );
    expect(report.ok).toBe(false);
    expect(report.worst).toMatchObject({ name: "x0", element: 1, gradient: NaN });
  });

  test("only the wrong leaf is named", () => {
    const at = { good: tensor([0.5]), wrong: tensor([0.25]) };
    const report = checkGradients(
      (tree) => {
        const { good, wrong } = tree as { good: Tensor; wrong: Tensor };
        return good.sigmoid().add(f(wrong)).sum();
      },
      [at],
    );
    expect(report.ok).toBe(false);
    expect(String(report)).toContain("wrong[0]");
    expect(String(report)).not.toContain("good");
  });
});

test("no arguments are refused", () => {
  expect(() => checkGradients((x) => x as Tensor, [])).toThrow(ValueError);
});
