import { expect, test } from "vitest";
import { tensor } from "../../src/core/host_tensor.ts";
import { constant } from "../../src/ops/constant.ts";
import { byReference } from "../../src/oracle/references.ts";
import { Tensor } from "../../src/trace/tensor.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { runOn } from "../support/run_on.ts";

// No contract: there is no input to derive by.

test("the reference and the shape rule agree on a scalar", () => {
  for (const value of [0, 0.1, -1e30]) {
    expect(constant.infer([], { value })).toEqual([{ shape: [], dtype: "f32" }]);
    const [made] = byReference(constant, [], { value }, "f32");
    expect(made).toEqual({ shape: [], dtype: "f32", data: Float32Array.of(value) });
    expect(byReference(constant, [], { value }, "f64")[0]?.data).toEqual(Float64Array.of(value));
  }
});

test("numbers reach kernels exactly, and equal kernels of other numbers are one pipeline", async () => {
  const values = [0, 1, -2.5, 0.1, 3e38, 1.2e-38, 16_777_217];
  const device = await webGpuDevice();
  const before = device.pipelines.count;
  for (const on of [cpuDevice, await wasmDevice(), await gpujsDevice(), device])
    for (const value of values) {
      const [alone, added] = await runOn(
        on,
        (x) => [new Tensor(x.tracer, x.tracer.build.constant(value)), x.add(value)],
        tensor([0, 0]),
      );
      expect(alone?.data).toEqual(Float32Array.of(value));
      expect(added?.data).toEqual(Float32Array.of(value, value));
    }
  expect(device.pipelines.count - before, "at most: other files may have made them").toBeLessThanOrEqual(2);
});
