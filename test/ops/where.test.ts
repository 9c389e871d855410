import { expect, test } from "vitest";
import { hostTensor, tensor } from "../../src/core/host_tensor.ts";
import { where } from "../../src/ops/where.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { grad } from "../../src/trace/transform.ts";
import { sumOf } from "../support/close.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { opContract } from "../support/op_contract.ts";
import { numbersOn } from "../support/run_on.ts";
import { repeats } from "../support/shapes.ts";
import { bools, indices, uniform } from "../support/values.ts";

// A choice: exact. Gradients of what was broadcast are sums.
opContract(where, {
  cases: [
    ...[
      [[], [], []],
      [[67], [67], [67]],
      [[5, 7], [7], [5, 1]],
      [
        [2, 1, 4, 5],
        [3, 1, 5],
        [2, 3, 4, 1],
      ],
      [[0, 3], [3], []],
    ].map((shapes) => ({
      shapes,
      domains: [bools, uniform()],
      gradientTolerance: sumOf(repeats(shapes), 1.5),
    })),
    { title: "of whole numbers", shapes: [[7], [7], []], domains: [bools, indices(99)] },
  ],
});

const condition = hostTensor(Uint32Array.of(1, 0, 1, 0), [4], "bool");

test("NaN and infinities of the other branch stay there, in the gradient too", async () => {
  const bad = tensor([NaN, NaN, Infinity, -Infinity]);
  const good = tensor([1, 2, 3, 4]);
  const zero = tensor([0, 0, 0, 0]);
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()]) {
    expect(await numbersOn(device, (c, x, y) => c.where(x, y), condition, good, bad)).toEqual([
      1,
      NaN,
      3,
      -Infinity,
    ]);
    expect(await numbersOn(device, (c, x, y) => c.where(x, y), condition, bad, good)).toEqual([
      NaN,
      2,
      Infinity,
      4,
    ]);
    // d/dx of c ? x : 1/y at y = 0: the branch not taken is infinite, and so is its slope.
    const f = (x: Tensor, c: Tensor, y: Tensor): Tensor => c.where(x, x.div(y)).sum();
    const taken = hostTensor(Uint32Array.of(1, 1, 1, 1), [4], "bool");
    expect(await numbersOn(device, grad(f) as never, good, taken, tensor([1, 2, 4, 8]))).toEqual([
      1, 1, 1, 1,
    ]);
    const g = (y: Tensor, x: Tensor, c: Tensor): Tensor => c.where(x, y).sum();
    expect(await numbersOn(device, grad(g) as never, bad, zero, taken)).toEqual([0, 0, 0, 0]);
  }
});
