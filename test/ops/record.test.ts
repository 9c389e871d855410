import { expect, test } from "vitest";
import { compileStep } from "../../src/compile.ts";
import { hostTensor, tensor, zeros } from "../../src/core/host_tensor.ts";
import { record as op } from "../../src/ops/record.ts";
import { byReference } from "../../src/oracle/references.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import { record } from "../../src/trace/functional.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { grad } from "../../src/trace/transform.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { runOn } from "../support/run_on.ts";

// No contract: it writes state, which only a step has.

interface State {
  readonly ring: Tensor;
  readonly step: Tensor;
}

test("the shape rule and the reference agree", () => {
  const inputs = [zeros([3, 2]), hostTensor(Uint32Array.of(4), []), tensor(5), tensor(6)];
  const made = byReference(op, inputs, {}, "f32");
  expect(made.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
    op.infer(inputs as never, {}).map(({ shape, dtype }) => ({ shape, dtype })),
  );
  expect(made.map(({ data }) => Array.from(data))).toEqual([[0, 0, 5, 6, 0, 0], [5]]);
});

test("metrics go round the ring, a row a step", async () => {
  for (const device of [cpuDevice, await wasmDevice(), await gpujsDevice(), await webGpuDevice()]) {
    const state = {
      ring: upload(device, zeros([3, 2])),
      step: upload(device, hostTensor(new Uint32Array(1), [])),
    };
    const step = ({ ring, step }: State, x: Tensor) =>
      [record(ring, step, [x.sum(), x.square().sum().mul(-1)]), []] as const;
    const program = await compileStep(device, step as never, state, spec([2]));
    const rows: number[][] = [];
    for (let i = 1; i <= 5; i++) {
      program.run([i, 0]);
      rows.push(Array.from((await state.ring.read()).data));
      expect(await state.step.item()).toBe(i);
    }
    expect(rows).toEqual([
      [1, -1, 0, 0, 0, 0],
      [1, -1, 2, -4, 0, 0],
      [1, -1, 2, -4, 3, -9],
      [4, -16, 2, -4, 3, -9],
      [4, -16, 5, -25, 3, -9],
    ]);
    program.dispose();
    state.ring.dispose();
    state.step.dispose();
  }
});

test("a ring of another width, other types, and the gradient are refused", async () => {
  expect(() => op.infer([zeros([3, 2]), tensor(0), tensor(1)] as never, {})).toThrow(
    "record: the ring is [3,2] and the metrics are []",
  );
  const count = hostTensor(new Uint32Array(1), []);
  const ring = zeros([3, 1]);
  const metric = tensor(1);
  for (const [inputs, message] of [
    [[ring, hostTensor(new Uint32Array(1), [1]), metric], "record: the step is [1]"],
    [[ring, tensor(0), metric], "record: the step is f32"],
    [[ring, count, count], "record: the ring and the metrics must be f32, but one is u32"],
    [[zeros([3, 1], "i32"), count, metric], "record: the ring and the metrics must be f32, but one is i32"],
  ] as const)
    expect(() => op.infer(inputs as never, {})).toThrow(message);
  const f = (x: Tensor, ring: Tensor, step: Tensor): Tensor => record(ring, step, [x.sum()]).ring.sum();
  const inputs = [tensor([1]), zeros([3, 1]), hostTensor(new Uint32Array(1), [])];
  await expect(runOn(cpuDevice, grad(f) as never, ...inputs)).rejects.toThrow("record has no gradient");
});
