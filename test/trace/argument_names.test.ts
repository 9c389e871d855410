// How a program finds its inputs among the arguments of a run.

import { expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { cpuDevice } from "../support/device.ts";

test("keys may have dots in them, as the names of saved parameters do", async () => {
  const sum = (params: { "0.weight": Tensor; 0: { weight: Tensor } }, [x]: readonly [Tensor]): Tensor =>
    params["0.weight"].add(params[0].weight).mul(x);
  const inputs = { "0.weight": spec([2]), 0: { weight: spec([2]) } };
  const program = await compile(cpuDevice, sum, inputs, [spec([])] as const);
  const result = program.run({ "0.weight": [1, 2], 0: { weight: [10, 20] } }, [3]);
  expect(Array.from((await result.read()).data)).toEqual([33, 66]);
});
