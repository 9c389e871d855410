import { describe, expect, onTestFinished, test, vi } from "vitest";
import { compile, compileStep } from "../../../src/compile.ts";
import { DeviceError } from "../../../src/core/errors.ts";
import { hostTensor, tensor, zeros } from "../../../src/core/host_tensor.ts";
import { parity } from "../../../src/inspect/parity.ts";
import { openDevice } from "../../../src/open/open.ts";
import { upload } from "../../../src/runtime/device_tensor.ts";
import { openGpujs, type GpujsDevice } from "../../../src/runtime/gpujs/gpujs_device.ts";
import type { Tensor } from "../../../src/trace/tensor.ts";
import { spec } from "../../../src/trace/trace.ts";
import { valueAndGrad } from "../../../src/trace/transform.ts";
import { cpuDevice, gpujsDevice } from "../../support/device.ts";
import { numbersOn, runOn } from "../../support/run_on.ts";
import { uniform } from "../../support/values.ts";

const isPage = typeof document !== "undefined";

/** A device of the test's own. */
async function opened(...args: Parameters<typeof openGpujs>): Promise<GpujsDevice> {
  const device = await openGpujs(...args);
  onTestFinished(() => device.dispose());
  return device;
}

test("it is opened through its entry, and says which of gpu.js's classes computes, and on what", async () => {
  const device = await openDevice({ backend: "gpujs", fallback: () => import("../../../src/gpujs.ts") });
  expect(device.backend).toBe("gpujs");
  expect(device.reason).toMatch(
    isPage
      ? /^it was asked for: gpu\.js, WebGL2Kernel on .+/
      : /^it was asked for: gpu\.js, WebAssemblyKernel$/,
  );
  device.dispose();
});

test("an emulated GPU is called one", async () => {
  const { engine, reason } = await gpujsDevice();
  expect(reason.includes("emulated on the CPU")).toBe(/swiftshader/i.test(engine.renderer ?? ""));
});

test("a mode that is not there is refused, and the next one is taken", async () => {
  const missing = isPage ? "headlessgl" : "webgl2";
  await expect(openGpujs("test", [missing as "webgl2"])).rejects.toThrow(
    new RegExp(`^gpujs: gpu\\.js does not work in mode ${missing} here \\(.+\\)\\. Use another back end\\.$`),
  );
  expect((await opened("test", [missing as "webgl2", "cpu"])).reason).toBe("test: gpu.js, CPUKernel");
});

describe.each(["webasm", "cpu"] as const)("mode %s", (mode) => {
  test("a network and its gradient agree with the oracle", async () => {
    const f = valueAndGrad((w: Tensor, x: Tensor) => x.matmul(w).tanh().softmax().square().mean());
    const program = await compile(await opened("test", [mode]), f, spec([5, 4]), spec([7, 5]));
    program.run(uniform()([5, 4], 1), uniform()([7, 5], 2));
    const report = await parity(program);
    expect(report.ok, String(report)).toBe(true);
  });
});

describe("whole numbers that no float holds", () => {
  const big = hostTensor(Uint32Array.of(2 ** 24 + 1, 2 ** 32 - 1, 7), [3]);

  test("are computed by references, which are named once", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const device = await opened("test");
    for (let i = 0; i < 2; i++)
      expect(await numbersOn(device, (x) => x.add(x), big)).toEqual([2 ** 25 + 2, 2 ** 32 - 2, 14]);
    expect([...device.missed]).toEqual(["add u32,u32→u32"]);
    expect(warn.mock.calls).toEqual([
      ["gpujs: gpu.js cannot compute add u32,u32→u32. Their references run on the CPU, slowly."],
    ]);
  });

  test("are compared, chosen and picked as they are", async () => {
    const one = hostTensor(Uint32Array.of(2 ** 24, 2 ** 32 - 1, 7), [3]);
    const f = (x: Tensor, y: Tensor, rows: Tensor): Tensor[] => [x.equal(y), x.gather(rows)];
    const rows = hostTensor(Uint32Array.of(2, 0), [2]);
    const [equal, picked] = await runOn(await gpujsDevice(), f, big, one, rows);
    expect([...(equal?.data ?? [])]).toEqual([0, 1, 1]);
    expect([...(picked?.data ?? [])]).toEqual([7, 2 ** 24 + 1]);
  });

  test("become floats as they do elsewhere", async () => {
    expect(await numbersOn(await gpujsDevice(), (x) => x.cast("f32").mul(0.5), big)).toEqual(
      await numbersOn(cpuDevice, (x) => x.cast("f32").mul(0.5), big),
    );
  });
});

test("of more axes than gpu.js has, every element is where it belongs", async () => {
  const x = uniform()([7, 3, 11, 2, 5], 1);
  const f = (x: Tensor): Tensor => x.transpose([3, 0, 4, 2, 1]);
  expect(await numbersOn(await gpujsDevice(), f, x)).toEqual(await numbersOn(cpuDevice, f, x));
});

test("of more arrays than a kernel binds, too", async () => {
  const many = Array.from({ length: 40 }, (_, i) => uniform()([6], i));
  const f = (...x: Tensor[]): Tensor => x.reduce((sum, next, i) => (i % 2 ? sum.add(next) : sum.mul(next)));
  const got = await numbersOn(await gpujsDevice(), f, ...many);
  (await numbersOn(cpuDevice, f, ...many)).forEach((want, i) => expect(got[i]).toBeCloseTo(want, 5));
});

test("other shapes are the same kernels", async () => {
  const device = await opened("test");
  const f = valueAndGrad((w: Tensor, x: Tensor) => x.matmul(w).sigmoid().sum());
  const counts: number[] = [];
  for (const [m, n, k] of [
    [4, 3, 5],
    [9, 8, 7],
  ] as const) {
    await runOn(device, f, uniform()([k, n], 1), uniform()([m, k], 2));
    counts.push(device.engine.count);
  }
  expect(counts[1]).toBe(counts[0]);
});

test("what is written into a part of a result leaves the rest", async () => {
  const device = await gpujsDevice();
  const state = { w: upload(device, tensor([1, 2, 3, 4])) };
  const step = ({ w }: { w: Tensor }): [{ w: Tensor }, []] => [{ w: w.mul(10) }, []];
  const program = await compileStep(device, step, state, {});
  program.run({});
  device.write(state.w.buffer, Float32Array.of(-1, -2), 4);
  expect(new Float32Array(await device.read(state.w.buffer, 16))).toEqual(Float32Array.of(10, -1, -2, 40));
  program.run({});
  expect(new Float32Array(await device.read(state.w.buffer, 8, 8))).toEqual(Float32Array.of(-20, 400));
});

test("buffers of other devices, and freed ones, are refused", async () => {
  const [device, other] = [await opened("test"), await opened("test")];
  await expect(device.read(upload(other, tensor([1])).buffer, 4)).rejects.toThrow(/another device/);
  await expect(device.read(upload(cpuDevice, tensor([1])).buffer, 4)).rejects.toThrow(DeviceError);
  const freed = upload(device, tensor([1, 2]));
  freed.dispose();
  await expect(freed.read()).rejects.toThrow(/its memory was disposed/);
});

test("nothing runs on a device that was disposed, nor a program that was", async () => {
  const device = await openGpujs("test");
  const [one, two] = [
    await compile(device, (x: Tensor) => x.neg(), spec([2])),
    await compile(device, (x: Tensor) => x.exp(), spec([2])),
  ];
  one.dispose();
  expect(() => one.run([1, 2])).toThrow(DeviceError);
  device.dispose();
  device.dispose();
  expect(() => two.run([1, 2])).toThrow("gpujs: the device was disposed. Open a new one.");
  expect(() => device.createBuffer(4, "x")).toThrow(DeviceError);
  expect(() => upload(device, zeros([1]))).toThrow(DeviceError);
});
