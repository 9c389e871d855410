// On a software adapter a program begins with kernels that compile soon, and goes over to better ones when it has run
// often enough.

import { expect, onTestFinished, test, vi } from "vitest";
import { compile, lower } from "../../src/compile.ts";
import { Random } from "../../src/core/random.ts";
import { hostTensor } from "../../src/core/host_tensor.ts";
import { kernelKey } from "../../src/plan/kernel.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { openWebGpu } from "../../src/runtime/webgpu/webgpu_device.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";

const product = (x: Tensor, y: Tensor): Tensor => x.matmul(y);
const sides = [64, 64] as const;

const random = new Random(3);
const matrix = () =>
  hostTensor(
    Float32Array.from({ length: 64 * 64 }, () => random.uniform(-1, 1)),
    sides,
  );

test("only a software adapter's products have a kernel to begin with", () => {
  const specs = [spec(sides), spec(sides)];
  const { graph } = trace(
    product,
    specs.map((given, i) => ({ name: `x${i}`, specs: given })),
  );
  const [dispatch] = lower(graph, plainSoftware).dispatches;
  if (!dispatch?.quick) throw new Error("the product has no quick kernel");
  expect(kernelKey(dispatch.quick)).not.toBe(kernelKey(dispatch.kernel));
  expect(dispatch.quick.bindings).toEqual(dispatch.kernel.bindings);
  expect(lower(graph, plainGpu).dispatches[0]?.quick).toBeUndefined();
  expect(lower(graph, plainSoftware, { quick: false }).dispatches[0]?.quick).toBeUndefined();
});

test("a program goes over to its full kernels between two runs, and computes the same bits", async () => {
  // A device of its own: on that of all tests, another file may have compiled the kernels that are counted here.
  const device = await openWebGpu();
  onTestFinished(() => device.dispose());
  if (device.profile.kind !== "software") return;
  using program = await compile(device, product, spec(sides), spec(sides));
  const inputs = [matrix(), matrix()] as const;
  const first = await program.run(...inputs).read();
  const before = device.pipelines.count;
  for (let i = 0; i < 126; i++) program.run(...inputs);
  expect(device.pipelines.count).toBe(before);
  program.run(...inputs);
  await expect.poll(() => device.pipelines.count).toBe(before + 1);
  // Waits for the compiler: the device gives the same promise for the same kernel.
  await device.pipelines.all(
    program.plan.dispatches.map(({ kernel }) => kernel),
    ["full"],
  );
  const pass = device.gpu.createCommandEncoder().beginComputePass();
  const dispatched = vi.spyOn(Object.getPrototypeOf(pass) as GPUComputePassEncoder, "dispatchWorkgroups");
  expect((await program.run(...inputs).read()).data).toEqual(first.data);
  const grids = program.plan.dispatches.map(({ kernel }) => [...kernel.grid]);
  expect(dispatched.mock.calls).toEqual(grids);
  dispatched.mockRestore();
});
