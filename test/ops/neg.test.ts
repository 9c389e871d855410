import { expect, test } from "vitest";
import { hostTensor } from "../../src/core/host_tensor.ts";
import { neg } from "../../src/ops/neg.ts";
import { exact } from "../support/close.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { opContract } from "../support/op_contract.ts";
import { numbersOn } from "../support/run_on.ts";
import { unaryShapes } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// A sign bit is flipped: exact.
opContract(neg, {
  value: exact,
  gradient: exact,
  cases: unaryShapes.map((shapes) => ({ shapes, domains: [uniform()] })),
});

test("whole numbers: i32 flips its sign, u32 has none", async () => {
  const x = hostTensor(Int32Array.of(-2, 0, 7), [3]);
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()])
    expect(await numbersOn(device, (x) => x.neg().add(0), x)).toEqual([2, 0, -7]);
  expect(() => neg.infer([{ shape: [3], dtype: "u32" }], {})).toThrow("neg: x is u32");
});
