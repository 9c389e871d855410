import { expect, test } from "vitest";
import { hostTensor } from "../../src/core/host_tensor.ts";
import { place } from "../../src/ops/place.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { opContract } from "../support/op_contract.ts";
import { numbersOn } from "../support/run_on.ts";
import { indices, uniform } from "../support/values.ts";

// A copy or 0: exact, and so is the gradient.
opContract(place, {
  cases: [
    { shapes: [[], []], attrs: { columns: 5 }, domains: [uniform(), indices(5)] },
    { shapes: [[4], [4]], attrs: { columns: 10 }, domains: [uniform(), indices(10)] },
    { shapes: [[67], [67]], attrs: { columns: 2 }, domains: [uniform(), indices(2)] },
    { shapes: [[67], [67]], attrs: { columns: 1 }, domains: [uniform(), indices(1)] },
    {
      shapes: [
        [2, 3, 4],
        [2, 3, 4],
      ],
      attrs: { columns: 5 },
      domains: [uniform(), indices(5)],
    },
    { shapes: [[0], [0]], attrs: { columns: 3 }, domains: [uniform(), indices(3)] },
    {
      title: "an i32 index",
      shapes: [[4], [4]],
      attrs: { columns: 10 },
      domains: [uniform(), indices(10, "i32")],
    },
    {
      title: "of whole numbers",
      shapes: [[4], [4]],
      attrs: { columns: 3 },
      domains: [indices(99), indices(3)],
    },
  ],
});

test("of ones, it is one-hot; a class out of range is a row of zeros", async () => {
  const classes = hostTensor(Int32Array.of(2, 0, 3, -1), [4]);
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()])
    expect(await numbersOn(device, (x) => x.oneHot(3), classes)).toEqual([
      0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
});
