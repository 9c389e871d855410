// The closed forms of the chapter against reverse mode, for one example and for batches.

import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { isHostTensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { leavesOf } from "../../src/core/tree.ts";
import { halfSquaredError, type LossOptions } from "../../src/loss/index.ts";
import { textbookNetwork } from "../../src/nn/index.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";
import { absolute, expectClose } from "../support/close.ts";
import { forward, gradients, summed, type Network } from "./closed_forms.ts";
import { BOUND, devices, host, network, paramsOf, xs, ys, type Params } from "./example.ts";

const model = textbookNetwork(3, 4, 2);

const scaled = ({ v, gamma, w, theta }: Network, by: number): Network => ({
  v: v.map((row) => row.map((x) => x * by)),
  gamma: gamma.map((x) => x * by),
  w: w.map((row) => row.map((x) => x * by)),
  theta: theta.map((x) => x * by),
});

describe.each(devices)("on %s", (_, open) => {
  const run = async (count: number, reduction: LossOptions["reduction"] & string) => {
    const lossOf = (params: Params<Tensor>, x: Tensor, y: Tensor): Tensor => {
      const [prediction] = model.apply(params, {}, x, { training: true });
      return halfSquaredError(prediction, y, { reduction });
    };
    const specs = {
      0: { weight: spec([3, 4]), threshold: spec([4]) },
      2: { weight: spec([4, 2]), threshold: spec([2]) },
    };
    const program = await compile(
      await open(),
      valueAndGrad(lossOf),
      specs,
      spec([count, 3]),
      spec([count, 2]),
    );
    program.run(paramsOf(network), host(xs.slice(0, count)), host(ys.slice(0, count)));
    const [value, gradient] = await program.read();
    program.dispose();
    return { value, found: leavesOf<HostTensor>(gradient, isHostTensor) };
  };

  test.each([
    ["one example", 1, "sum", 1],
    ["the sum over a batch", 5, "sum", 1],
    ["the mean over a batch", 5, "mean", 1 / 5],
  ] as const)(
    "∂E/∂w, ∂E/∂θ, ∂E/∂v and ∂E/∂γ are the closed forms: %s",
    async (_, count, reduction, factor) => {
      const examples = xs.slice(0, count).map((x, k) => ({ x, y: ys[k] ?? [] }));
      const wanted = scaled(summed(examples.map(({ x, y }) => gradients(network, x, y))), factor);
      const error = examples.reduce((sum, { x, y }) => sum + forward(network, x, y).error, 0) * factor;
      const { value, found } = await run(count, reduction);
      expect(value.data[0]).toBeCloseTo(error, 5);
      const expected = leavesOf<HostTensor>(paramsOf(wanted), isHostTensor);
      expect(found.map(({ name }) => name)).toEqual(["0.weight", "0.threshold", "2.weight", "2.threshold"]);
      for (const [i, { name, leaf }] of expected.entries()) {
        const got = found[i]?.leaf;
        if (!got) throw new Error(`no gradient for ${name}`);
        expectClose(got, leaf, absolute(BOUND), name);
      }
    },
  );
});
