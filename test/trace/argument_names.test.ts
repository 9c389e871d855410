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

test("a fraction beside whole numbers is refused, since it would be cut to one", () => {
  const specs = [{ name: "x", specs: spec([2], "i32") }];
  expect(() => trace((x: Tensor) => x.add(0.5), specs)).toThrow(ValueError);
  expect(() => trace((x: Tensor) => x.mul(2 ** 25), specs)).toThrow("33554432 beside a tensor of i32");
  expect(trace((x: Tensor) => x.add(2), specs).graph.outputs[0]?.value.dtype).toBe("i32");
});
