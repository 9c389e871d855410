import { expect, test } from "vitest";
import { compileStep } from "../../src/compile.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { sgd } from "../../src/ops/sgd.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import { sgdUpdate } from "../../src/trace/functional.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { hyper, spec } from "../../src/trace/trace.ts";
import { absolute, sumOf, ulps } from "../support/close.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { opContract } from "../support/op_contract.ts";
import { repeats } from "../support/shapes.ts";

// A product and a difference that may cancel: a rounding each of numbers of at most 1. The rate's gradient is a sum.
opContract(sgd, {
  value: absolute(2 * 2 ** -23),
  gradient: ulps(3),
  cases: [
    [[], [], []],
    [[67], [67], []],
    [[5, 7], [5, 7], []],
    [[5, 7], [7], []],
    [[0, 3], [0, 3], []],
  ].map((shapes) => ({ shapes, gradientTolerance: sumOf(repeats(shapes), 1.5) })),
});

test("a weight is replaced where it lies, at the rate that each run is given", async () => {
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()]) {
    const w = upload(device, tensor([1, 2, 3]));
    type Batch = { readonly g: Tensor; readonly rate: Tensor };
    const step = (state: { readonly w: Tensor }, { g, rate }: Batch) =>
      [{ w: sgdUpdate(state.w, g, rate) }, []] as const;
    const program = await compileStep(device, step as never, { w }, { g: spec([3]), rate: hyper() });
    program.run({ g: [1, 0, -1], rate: 0.5 });
    expect(Array.from((await w.read()).data)).toEqual([0.5, 2, 3.5]);
    program.run({ g: [2, 4, 6], rate: 0.25 });
    expect(Array.from((await w.read()).data)).toEqual([0, 1, 2]);
    program.run({ rate: 0 });
    expect(Array.from((await w.read()).data)).toEqual([0, 1, 2]);
    program.dispose();
    w.dispose();
  }
});
