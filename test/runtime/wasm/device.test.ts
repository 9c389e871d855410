import { expect, test } from "vitest";
import { compile, compileStep, lower } from "../../../src/compile.ts";
import { DeviceError } from "../../../src/core/errors.ts";
import { tensor, zeros } from "../../../src/core/host_tensor.ts";
import { sgd as sgdOptimizer } from "../../../src/optim/index.ts";
import { elementwise, floats, type NoAttrs } from "../../../src/ops/define.ts";
import { upload } from "../../../src/runtime/device_tensor.ts";
import { openDevice } from "../../../src/open/open.ts";
import { referencesOf } from "../../../src/runtime/wasm/executable.ts";
import { openWasm } from "../../../src/runtime/wasm/wasm_device.ts";
import { Tensor } from "../../../src/trace/tensor.ts";
import { spec } from "../../../src/trace/trace.ts";
import { cpuDevice, wasmDevice } from "../../support/device.ts";
import { numbersOn } from "../../support/run_on.ts";
import { sigmoidNetwork, stepGraph } from "../../support/step_graph.ts";

test("it is opened by name, and says what it computes with", async () => {
  const device = await openDevice({ backend: "wasm" });
  expect(device.backend).toBe("wasm");
  expect(device.reason).toMatch(/asked for: WebAssembly with (relaxed )?SIMD/);
  device.dispose();
});

/** An op that nobody has written a kernel for. */
const cube = elementwise<NoAttrs>({
  name: "cube",
  dtype: floats,
  scalar: (x) => x ** 3,
  wgsl: ([x]) => `${x} * ${x} * ${x}`,
});
const cubed = ({ tracer, value }: Tensor): Tensor => {
  const [made] = tracer.graph.emit(cube, [value], {});
  if (!made) throw new Error("cube has no output");
  return new Tensor(tracer, made);
};

test("an op without a kernel runs by its reference, between kernels, and is named", async () => {
  const f = (x: Tensor): Tensor => cubed(x.add(1)).mul(2).sum();
  expect(await numbersOn(await wasmDevice(), f, tensor([0, 1, 2]))).toEqual([72]);
  const program = await compile(await wasmDevice(), f, spec([3]));
  expect(referencesOf(program.plan)).toEqual(["cube"]);
  program.dispose();
});

test("a training step needs no reference", async () => {
  const { profile } = await wasmDevice();
  const graph = stepGraph(sigmoidNetwork(6, 5, 3), [6, 3], {
    batch: 4,
    optimizer: sgdOptimizer({ learningRate: 1, momentum: 0.5 }),
  });
  expect(referencesOf(lower(graph, profile))).toEqual([]);
});

test("programs give their memory back, and memory stays as it is over many of them", async () => {
  const device = await openWasm("test");
  const sizes = new Set<number>();
  const size = (): number => upload(device, zeros([1])).buffer.byteLength;
  for (let i = 0; i < 20; i++) {
    const program = await compile(device, (x: Tensor) => x.softmax().matmul(x), spec([40, 40]));
    program.run(zeros([40, 40]));
    program.dispose();
    expect(size()).toBe(4);
    sizes.add(device.memoryBytes);
  }
  expect(sizes.size).toBe(1);
  device.dispose();
});

test("buffers of other devices, and freed ones, are refused", async () => {
  const [device, other] = [await openWasm("test"), await openWasm("test")];
  const elsewhere = upload(other, tensor([1]));
  await expect(device.read(elsewhere.buffer, 4)).rejects.toThrow(/another device/);
  await expect(device.read(upload(cpuDevice, tensor([1])).buffer, 4)).rejects.toThrow(DeviceError);
  const freed = upload(device, tensor([1, 2]));
  freed.dispose();
  freed.dispose();
  await expect(freed.read()).rejects.toThrow(/its memory was disposed/);
  expect(() => freed.write(tensor([1, 2]))).toThrow(DeviceError);
});

test("nothing runs on a device that was disposed, nor a program that was", async () => {
  const device = await openWasm("test");
  const state = { w: upload(device, tensor([1, 2])) };
  const step = ({ w }: { w: Tensor }): [{ w: Tensor }, []] => [{ w: w.add(1) }, []];
  const program = await compileStep(device, step, state, {});
  program.run({});
  expect([...(await state.w.read()).data]).toEqual([2, 3]);
  state.w.dispose();
  expect(() => program.run({})).toThrow(DeviceError);
  const another = await compile(device, (x: Tensor) => x.neg(), spec([2]));
  device.dispose();
  expect(() => another.run([1, 2])).toThrow(/the device was disposed/);
  expect(() => device.createBuffer(4, "x")).toThrow(/Open a new one/);
});
