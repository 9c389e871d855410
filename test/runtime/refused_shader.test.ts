// WGSL that the driver refuses is an error of one program, not of the device.

import { expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { ChainruleError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { elementwise, type NoAttrs, type Primitive } from "../../src/ops/define.ts";
import { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { webGpuDevice } from "../support/device.ts";

const broken: Primitive<NoAttrs> = elementwise({
  name: "broken",
  scalar: (x) => x,
  wgsl: ([x]) => `no_such_function(${x})`,
});

const apply = (x: Tensor): Tensor[] =>
  x.tracer.graph.emit(broken, [x.value], {}).map((value) => new Tensor(x.tracer, value));

test("a refused kernel is named with the compiler's message, and the device goes on", async () => {
  const device = await webGpuDevice();
  const made = compile(device, apply, spec([2]));
  await expect(made).rejects.toThrow(ChainruleError);
  await expect(made).rejects.toThrow(/^#0 broken \(elementwise\.wgsl\) does not compile: .*no_such_function/);
  const program = await compile(device, (x: Tensor) => x.mul(2), spec([2]));
  const doubled = await program.run(tensor([1, 2])).read();
  expect(Array.from(doubled.data)).toEqual([2, 4]);
  program.dispose();
});
