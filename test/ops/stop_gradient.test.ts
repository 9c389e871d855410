import { expect, test } from "vitest";
import { tensor } from "../../src/core/host_tensor.ts";
import { stopGradient } from "../../src/ops/stop_gradient.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { runOn } from "../support/run_on.ts";

// No contract: the derivative is wrong on purpose.

test("the shape rule keeps shape and type", () => {
  for (const shape of [[], [67], [2, 1, 5, 13], [0, 3]])
    expect(stopGradient.infer([{ shape, dtype: "i32" }], {})).toEqual([{ shape, dtype: "i32" }]);
});

test("the same numbers pass, and no gradient", async () => {
  const x = tensor([1, -2, NaN, 0]);
  const f = (x: Tensor): Tensor => x.mul(x.stopGradient()).sum();
  const none = (x: Tensor): Tensor => x.stopGradient().square().sum();
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()]) {
    const [same, once, never] = await runOn(
      device,
      (x) => [x.stopGradient(), valueAndGrad(f)(x)[1], valueAndGrad(none)(x)[1]],
      x,
    );
    expect(Array.from(same?.data ?? [])).toEqual([1, -2, NaN, 0]);
    expect(Array.from(once?.data ?? [])).toEqual([1, -2, NaN, 0]);
    expect(Array.from(never?.data ?? [])).toEqual([0, 0, 0, 0]);
  }
});
