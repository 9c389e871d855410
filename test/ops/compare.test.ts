import { expect, test } from "vitest";
import { hostTensor, tensor } from "../../src/core/host_tensor.ts";
import { compare } from "../../src/ops/compare.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { grad } from "../../src/trace/transform.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { opContract } from "../support/op_contract.ts";
import { numbersOn, runOn } from "../support/run_on.ts";
import { fewBinaryShapes } from "../support/shapes.ts";
import { indices } from "../support/values.ts";

// True or false: exact. The other relations, by their methods, follow.
opContract(compare, {
  cases: [
    ...fewBinaryShapes.slice(2).map((shapes) => ({ shapes, attrs: { relation: "lt" as const } })),
    { title: "of i32", shapes: [[67], []], attrs: { relation: "le" }, domains: [indices(3, "i32")] },
  ],
});

test("equal, smaller and larger numbers, by their methods", async () => {
  const x = tensor([-1, 0, 0, 2, -0, 5]);
  const y = tensor([0, 0, -1, 2, 0, Infinity]);
  const f = (x: Tensor, y: Tensor): Tensor[] => [
    x.equal(y),
    x.notEqual(y),
    x.less(y),
    x.lessEqual(y),
    x.greater(y),
    x.greaterEqual(y),
  ];
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()]) {
    const got = await runOn(device, f, x, y);
    expect(got.map(({ data }) => Array.from(data).join(""))).toEqual([
      "010110",
      "101001",
      "100001",
      "110111",
      "001000",
      "011110",
    ]);
  }
});

test("no gradient flows through a comparison", async () => {
  const f = (x: Tensor): Tensor => x.greater(0).cast("f32").mul(x).sum();
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()])
    expect(await numbersOn(device, grad(f) as never, tensor([-1, 0, 2]))).toEqual([0, 0, 1]);
});

test("types must meet", () => {
  const { shape } = hostTensor(new Float32Array(2), [2]);
  expect(() =>
    compare.infer(
      [
        { shape, dtype: "f32" },
        { shape, dtype: "i32" },
      ],
      { relation: "eq" },
    ),
  ).toThrow("compare: inputs must share one of f32, i32, u32");
});
