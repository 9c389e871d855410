// What a user may get wrong, and what is said: the class of the error, the op or option, the values, the fix.

import { describe, expect, test } from "vitest";
import { compile, compileStep } from "../../src/compile.ts";
import {
  ChainruleError,
  DeviceError,
  DTypeError,
  GradientError,
  ShapeError,
  ValueError,
} from "../../src/core/errors.ts";
import { hostTensor, tensor, zeros } from "../../src/core/host_tensor.ts";
import type { Device } from "../../src/runtime/device.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import { openDevice } from "../../src/open/open.ts";
import { record } from "../../src/trace/functional.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace, traceStep } from "../../src/trace/trace.ts";
import { grad, valueAndGrad } from "../../src/trace/transform.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";

type ErrorClass = new (...args: never[]) => Error;

const traced =
  (f: (x: Tensor, y: Tensor) => Tensor, x = spec([2, 3]), y = spec([2, 3])) =>
  () =>
    trace(f, [
      { name: "x", specs: x },
      { name: "y", specs: y },
    ]);
const rows = spec([2], "u32");
const flags = spec([2, 3], "bool");
let kept: Tensor | undefined;
trace((x: Tensor) => (kept = x), [{ name: "x", specs: spec([2, 3]) }]);
const foreign = (): Tensor => {
  if (!kept) throw new Error("nothing was traced");
  return kept;
};

describe("tracing", () => {
  test.each<[string, () => unknown, ErrorClass, RegExp]>([
    [
      "shapes that do not broadcast",
      traced((x, y) => x.add(y), spec([2, 3]), spec([2, 4])),
      ShapeError,
      /^add: .*\[2,3\].*\[2,4\].*3 meets 4\. Reshape/,
    ],
    ["inner dimensions", traced((x, y) => x.matmul(y)), ShapeError, /^matmul: .*\[2,3\].*\[2,3\].*Transpose/],
    ["a scalar in a product", traced((x, y) => x.matmul(y.sum())), ShapeError, /^matmul: .*\[\].*Use mul/],
    ["a sum of bools", traced((x) => x.sum(), flags), DTypeError, /^sum: .*bool.*Cast bool/],
    [
      "two types",
      traced((x, y) => x.add(y), spec([2, 3]), spec([2, 3], "i32")),
      DTypeError,
      /^add: .*f32, i32.*Cast/,
    ],
    [
      "a condition that is none",
      traced((x, y) => x.where(y, 0)),
      DTypeError,
      /^where: .*bool.*f32.*comparison/,
    ],
    ["rows that are floats", traced((x, y) => x.gather(y.sum(1))), DTypeError, /^gather: .*f32.*Cast/],
    [
      "an index of another shape",
      traced((x, y) => x.pick(y), spec([3, 3]), rows),
      ShapeError,
      /^pick: .*\[3,3\].*\[3\].*\[2\]/,
    ],
    ["an axis too many", traced((x) => x.sum(2)), ShapeError, /^sum: axis 2 .*rank 2.*-2 to 1/],
    ["an axis that is none", traced((x) => x.softmax(0.5)), ShapeError, /^softmax: axis 0\.5 .*-2 to 1/],
    [
      "another number of elements",
      traced((x) => x.reshape([4])),
      ShapeError,
      /^reshape: \[2,3\] has 6.*\[4\] has 4\. Make/,
    ],
    [
      "two open dimensions",
      traced((x) => x.reshape([-1, -1])),
      ShapeError,
      /^reshape: \[-1,-1\] leaves 2 .*at most one/,
    ],
    [
      "an open dimension that does not fit",
      traced((x) => x.reshape([4, -1])),
      ShapeError,
      /^reshape: \[2,3\] has 6/,
    ],
    [
      "an axis named twice",
      traced((x) => x.transpose([0, 0])),
      ShapeError,
      /^transpose: .*\[0,0\].*\[2,3\].*once/,
    ],
    ["a vector's transpose", traced((x) => x.sum(0).transpose()), ShapeError, /^transpose: .*\[3\].*Reshape/],
    ["a smaller shape", traced((x) => x.broadcastTo([3])), ShapeError, /^broadcast: \[2,3\].*\[3\]/],
    [
      "the mean of nothing",
      traced((x) => x.mean(0), spec([0, 3])),
      ShapeError,
      /^mean: .*\[0,3\].*non-empty/,
    ],
    [
      "the largest of nothing",
      traced((x) => x.max(0), spec([0, 3])),
      ShapeError,
      /^max: .*\[0,3\].*another axis/,
    ],
    ["a dimension that is none", () => spec([2, 1.5]), ShapeError, /^spec: .*1\.5/],
    ["a negative dimension", () => spec([-1]), ShapeError, /^spec: .*-1/],
    [
      "an operand of another trace",
      traced((x) => x.add(foreign())),
      ChainruleError,
      /different traces.*arguments/,
    ],
    [
      "a result of another trace",
      traced(() => foreign()),
      ChainruleError,
      /^trace: output result belongs to another trace/,
    ],
    ["a result that is no tensor", traced(() => 3 as never), ValueError, /^tree: the root is 3\. Use/],
    [
      "a ring of another width",
      traced((x, y) => record(x, y.cast("u32"), []).ring, spec([2, 3]), spec([])),
      ShapeError,
      /^record: .*\[2,3\].*\(capacity, 0\)/,
    ],
  ])("%s", (_, f, type, message) => {
    expect(f).toThrow(type);
    expect(f).toThrow(message);
  });
});

describe("gradients", () => {
  test.each<[string, () => unknown, ErrorClass, RegExp]>([
    [
      "of a loss that is no scalar",
      traced((x) => grad((x: Tensor) => x.exp())(x)),
      ShapeError,
      /^valueAndGrad: .*scalar.*\[2,3\]. Reduce/,
    ],
    [
      "by whole numbers",
      traced((x) => grad((x: Tensor) => x.cast("f32").sum())(x), spec([2], "i32")),
      ValueError,
      /^valueAndGrad: .*i32.*f32/,
    ],
    [
      "by an argument that is not there",
      traced((x) => valueAndGrad((x: Tensor) => x.sum(), { argnum: 1 as 0 })(x)[1]),
      ValueError,
      /argnum is 1.*1 arguments.*0 to 0/,
    ],
    [
      "through a ring",
      traced(
        (x, y) => grad((x: Tensor) => record(x, y.cast("u32"), [x.sum()]).ring.sum())(x),
        spec([2, 1]),
        spec([]),
      ),
      GradientError,
      /^record has no gradient: .*metric/,
    ],
    [
      "of a loss that counts",
      traced((x) => grad((x: Tensor) => x.sum().cast("i32"))(x)),
      ShapeError,
      /f32 scalar.*i32/,
    ],
  ])("%s", (_, f, type, message) => {
    expect(f).toThrow(type);
    expect(f).toThrow(message);
  });
});

describe("steps", () => {
  const step = (f: (s: Record<string, Tensor>) => unknown) => () =>
    traceStep(((s: Record<string, Tensor>) => [f(s), []]) as never, { a: spec([2]), b: spec([3]) }, []);
  test.each<[string, () => unknown, RegExp]>([
    ["a state that is not returned", step(({ a }) => ({ a })), /^step: the next state has no b\. Return/],
    [
      "a state of another shape",
      step(({ a }) => ({ a, b: a })),
      /^step: state b is f32\[3\].*f32\[2\]\. Keep/,
    ],
    [
      "a state of another type",
      step(({ a, b }) => ({ a: a?.cast("i32"), b })),
      /^step: state a is f32\[2\].*i32\[2\]\. Keep/,
    ],
    [
      "a state that was not there",
      step(({ a, b }) => ({ a, b, c: a })),
      /^step: the next state has c.*same tree/,
    ],
  ])("%s", (_, f, message) => {
    expect(f).toThrow(ValueError);
    expect(f).toThrow(message);
  });
});

describe("devices", () => {
  test("a back end that is unknown", async () => {
    const open = openDevice({ backend: "opencl" as "cpu" });
    await expect(open).rejects.toThrow(ValueError);
    await expect(open).rejects.toThrow('backend is "opencl". Use one of auto, webgpu, gpujs, wasm, cpu.');
  });
  test("gpu.js without its entry", async () => {
    const open = openDevice({ backend: "gpujs" });
    await expect(open).rejects.toThrow(ValueError);
    await expect(open).rejects.toThrow(/^gpujs: pass its entry too: fallback: /);
  });
  test("a fallback that is no function, and no threads", async () => {
    const fallback = "chainrule/gpujs" as never;
    await expect(openDevice({ fallback })).rejects.toThrow(/^fallback is a string\. Pass \(\) => import/);
    await expect(openDevice({ threads: 0 })).rejects.toThrow(/^threads is 0\. Use an integer from 1 up/);
  });
});

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["the CPU", async () => cpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
  ["WebGPU", webGpuDevice],
];

describe.each(devices)("runs on %s", (_, open) => {
  const sum = (x: Tensor, y: Tensor): Tensor => x.add(y);
  const good = tensor([[1, 2, 3], [4, 5, 6]]); // prettier-ignore

  test("arguments that do not fit, or are missing, leave the program as it was", async () => {
    const device = await open();
    const program = await compile(device, sum, spec([2, 3]), spec([3]));
    expect(() => program.run(good)).toThrow(ValueError);
    expect(() => program.run(good)).toThrow(/^run: x1 was never given\. Pass it to the first run\./);
    const bad: readonly (readonly [unknown, ErrorClass, RegExp])[] = [
      [tensor([1, 2]), ShapeError, /^run: x1 is \[3\], but \[2\] was given\. Reshape/],
      [Float32Array.of(1, 2), ShapeError, /^run: x1 is \[3\], but 2 elements were given\. Pass 3/],
      [[1, 2], ShapeError, /^run: x1 is \[3\]/],
      [[[1], [2, 3]], ShapeError, /^tensor: rows of/],
      [5, ShapeError, /^run: x1 is \[3\], but \[\] was given/],
      [upload(device, tensor([1, 2, 3])), ValueError, /^run: x1 is a device tensor\. Bind it when compiling/],
      ["123", ValueError, /^run: x1 is a string\. Pass/],
      [null, ValueError, /^run: x1 is null\. Pass/],
      [{}, ValueError, /^run: x1 is an object without data\. Pass/],
    ];
    const view = program.run(good, [10, 20, 30]);
    for (const [argument, type, message] of bad) {
      const call = () => program.run(zeros([2, 3]), argument);
      expect(call).toThrow(type);
      expect(call).toThrow(message);
    }
    program.run();
    expect(Array.from((await view.read()).data)).toEqual([11, 22, 33, 14, 25, 36]);
    program.dispose();
  });

  test("whole numbers that would lose something", async () => {
    const program = await compile(await open(), (i: Tensor) => i.cast("f32"), spec([2], "u32"));
    for (const [data, at, what] of [
      [[1.5, 2], 0, "1.5"],
      [[1, NaN], 1, "NaN"],
      [Int32Array.of(3, -1), 1, "-1"],
    ] as const) {
      const call = () => program.run(data);
      expect(call).toThrow(ValueError);
      expect(call).toThrow(`run: x is u32, which does not hold ${what} (element ${at}). Round it`);
    }
    expect(Array.from((await program.run([3, 4]).read()).data)).toEqual([3, 4]);
    program.dispose();
  });

  test("after dispose: a program, a tensor, and state under a program", async () => {
    const device = await open();
    const program = await compile(device, (x: Tensor) => x.add(1), spec([3]));
    const view = program.run([1, 2, 3]);
    program.dispose();
    program.dispose();
    expect(() => program.run([1, 2, 3])).toThrow(DeviceError);
    expect(() => program.run([1, 2, 3])).toThrow(/^program: it was disposed\. Compile it again\./);
    await expect(view.read()).rejects.toThrow(DeviceError);
    const state = upload(device, tensor([1, 2, 3]), "weights");
    const step = await compileStep(device, (w: Tensor) => [w.add(1), []] as const, state, {});
    step.run({});
    state.dispose();
    await expect(state.read()).rejects.toThrow(DeviceError);
    await expect(state.read()).rejects.toThrow(/weights.* disposed\./);
    expect(() => state.write(tensor([1, 2, 3]))).toThrow(DeviceError);
    expect(() => step.run({})).toThrow(DeviceError);
    expect(() => step.run({})).toThrow(/weights.* disposed\./);
    step.dispose();
    // The device is none the worse.
    const fresh = upload(device, tensor([4]));
    expect(await fresh.item()).toBe(4);
    fresh.dispose();
  });

  test("a tensor is not read as a number, nor written with another shape", async () => {
    const held = upload(await open(), hostTensor(Float32Array.of(1, 2), [2]));
    await expect(held.item()).rejects.toThrow(/^item: the tensor is \[2\]\. Use read\(\)/);
    expect(() => held.write(tensor([1]))).toThrow(/^write: the tensor is \[2\], the data \[1\]\. Reshape/);
    held.dispose();
  });
});

test("buffers of one device are not bound on another", async () => {
  const held = upload(cpuDevice, tensor([1, 2, 3]));
  const made = compile(await webGpuDevice(), (x: Tensor) => x.add(1), held);
  await expect(made).rejects.toThrow(DeviceError);
  await expect(made).rejects.toThrow(/another device.*through the host/);
});
