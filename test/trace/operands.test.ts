// Operands and shapes that only JavaScript lets through: they are refused where they are written.

import { expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import type { Operand, Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { cpuDevice } from "../support/device.ts";

const traced = (f: (x: Tensor) => Tensor, of = spec([2, 3])): unknown => trace(f, [{ name: "x", specs: of }]);

const operands: readonly (readonly [what: string, operand: unknown, said: RegExp])[] = [
  ["a host tensor", tensor([1, 2, 3]), /an object.*argument/],
  ["a device tensor", upload(cpuDevice, tensor([1, 2, 3])), /an object.*argument/],
  ["nothing", undefined, /undefined/],
  ["text", "2", /2.*number/],
];

test.each(operands)("%s is no operand", (_, operand, said) => {
  for (const f of [
    (x: Tensor) => x.add(operand as Operand),
    (x: Tensor) => x.greater(operand as Operand),
    (x: Tensor) => x.greater(0).where(x, operand as Operand),
  ]) {
    expect(() => traced(f)).toThrow(ValueError);
    expect(() => traced(f)).toThrow(said);
  }
});

test("shapes have whole dimensions from 0 up", () => {
  expect(() => traced((x) => x.reshape([-2, -3]))).toThrow(ShapeError);
  expect(() => traced((x) => x.reshape([1.5, 4]))).toThrow(/^reshape: .*1\.5/);
  expect(() => traced((x) => x.broadcastTo([-4, 2, 3]))).toThrow(/^broadcast: .*-4/);
  expect(() => traced((x) => x.oneHot(2.5), spec([4], "u32"))).toThrow(/^place: .*2\.5/);
});

test("a fraction beside whole numbers is refused, since it would be cut to one", () => {
  const specs = [{ name: "x", specs: spec([2], "i32") }];
  expect(() => trace((x: Tensor) => x.add(0.5), specs)).toThrow(ValueError);
  expect(() => trace((x: Tensor) => x.mul(2 ** 25), specs)).toThrow("33554432 beside a tensor of i32");
  expect(trace((x: Tensor) => x.add(2), specs).graph.outputs[0]?.value.dtype).toBe("i32");
});
