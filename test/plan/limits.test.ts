// What exceeds a limit of the device is folded, or refused by the limit's name before anything is allocated.

import { describe, expect, test } from "vitest";
import { compile, lower } from "../../src/compile.ts";
import { LimitError } from "../../src/core/errors.ts";
import { hostTensor } from "../../src/core/host_tensor.ts";
import { cpuProfile, defaultLimits, type Limits, type Profile } from "../../src/graph/profile.ts";
import type { Device } from "../../src/runtime/device.ts";
import { Program } from "../../src/runtime/program.ts";
import { record } from "../../src/trace/functional.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace, traceStep, type InputSpec } from "../../src/trace/trace.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { runPlan } from "./run_plan.ts";
import { callsDuring } from "../train/watch.ts";

const profile = (limits: Partial<Limits>): Profile => ({
  kind: "gpu",
  name: "the test's device",
  subgroups: false,
  limits: { ...defaultLimits, ...limits },
});
const graphOf = (f: (x: Tensor) => Tensor, x: InputSpec) => trace(f, [{ name: "x", specs: x }]).graph;

/** Runs f(x) with few workgroups a dimension, on WebGPU. */
async function folded(
  f: (x: Tensor) => Tensor,
  shape: readonly number[],
  most: number,
): Promise<Float32Array> {
  const device = await webGpuDevice();
  const graph = graphOf(f, spec(shape));
  const few = {
    ...device.profile,
    // One choice of tiles, whatever the device is.
    kind: "software" as const,
    limits: { ...device.profile.limits, maxComputeWorkgroupsPerDimension: most },
  };
  const plan = lower(graph, few);
  expect(plan.dispatches.some(({ kernel }) => kernel.grid[1] > 1)).toBe(true);
  for (const { kernel } of plan.dispatches) expect(Math.max(...kernel.grid)).toBeLessThanOrEqual(most);
  const program = await Program.create<readonly [{ read(): Promise<{ data: Float32Array }> }]>(device, {
    graph,
    plan,
    outputs: [0],
    inputs: [[0]],
  });
  const size = shape.reduce((p, n) => p * n, 1);
  const [view] = program.run(
    hostTensor(
      Float32Array.from({ length: size }, (_, i) => i % 97),
      shape,
    ),
  );
  const { data } = await view.read();
  program.dispose();
  return data;
}

describe("a grid of too many workgroups is folded", () => {
  const x = (i: number): number => i % 97;
  test("elementwise", async () => {
    const data = await folded((x) => x.mul(2).add(1), [64 * 11 + 5], 4);
    expect(Array.from(data)).toEqual(Array.from({ length: 64 * 11 + 5 }, (_, i) => 2 * x(i) + 1));
  });
  test("a sum of rows", async () => {
    const data = await folded((x) => x.sum(1), [700, 3], 4);
    expect(Array.from(data)).toEqual(
      Array.from({ length: 700 }, (_, r) => x(3 * r) + x(3 * r + 1) + x(3 * r + 2)),
    );
  });
  test("a product", async () => {
    const data = await folded((x) => x.matmul(x.transpose()), [40, 1], 8);
    expect(Array.from(data)).toEqual(
      Array.from({ length: 1600 }, (_, i) => x(Math.floor(i / 40)) * x(i % 40)),
    );
  });
  test("softmax", async () => {
    const data = await folded((x) => x.mul(0).softmax(), [64 * 5 + 3, 2], 4);
    expect(Array.from(data)).toEqual(new Array(2 * (64 * 5 + 3)).fill(0.5));
  });
});

test("65,536 workgroups and one more, on a real device", async () => {
  const device = await webGpuDevice();
  // invocations of a workgroup, where there are so many
  const lanes = device.profile.kind === "gpu" ? 256 : 64;
  const size = 65_536 * lanes + 5;
  const program = await compile(device, (x: Tensor) => x.mul(2).add(1), spec([size]));
  expect(program.plan.dispatches[0]?.kernel.grid).toEqual([32_769, 2]);
  const data = Float32Array.from({ length: size }, (_, i) => i % 1024);
  const got = (await program.run(data).read()).data;
  expect(got.findIndex((y: number, i: number) => y !== 2 * (i % 1024) + 1)).toBe(-1);
  program.dispose();
});

test("a GPU's larger workgroups, for very many elements", async () => {
  const size = 2 ** 16 + 5;
  const graph = graphOf((x) => x.mul(2).add(1), spec([size]));
  const plan = lower(graph, profile({}));
  expect(plan.dispatches[0]?.kernel.grid).toEqual([257, 1]);
  const data = Float32Array.from({ length: size }, (_, i) => i % 1024);
  const { outputs } = await runPlan(await webGpuDevice(), graph, plan, [hostTensor(data, [size])], 1);
  expect(outputs[0]?.[0]?.findIndex((y: number, i: number) => y !== 2 * (i % 1024) + 1)).toBe(-1);
});

test("a grid that two dimensions do not hold is refused", () => {
  const graph = graphOf((x) => x.exp(), spec([64 * 17]));
  const make = () => lower(graph, profile({ maxComputeWorkgroupsPerDimension: 4 }));
  expect(make).toThrow(LimitError);
  expect(make).toThrow(
    /^exp: 17 workgroups exceed maxComputeWorkgroupsPerDimension \(4\) in two dimensions\. Use/,
  );
});

describe("buffers", () => {
  test.each(["maxBufferSize", "maxStorageBufferBindingSize"] as const)("%s", (limit) => {
    const fits = graphOf((x) => x.exp(), spec([16]));
    expect(lower(fits, profile({ [limit]: 64 })).buffers).toHaveLength(2);
    const input = () =>
      lower(
        graphOf((x) => x.exp(), spec([17])),
        profile({ [limit]: 64 }),
      );
    expect(input).toThrow(LimitError);
    expect(input).toThrow(
      `x: 68 bytes exceed ${limit} (64) of the test's device. Use a smaller batch, split the tensor, or stream`,
    );
    const temporary = () =>
      lower(
        graphOf((x) => x.broadcastTo([2, 16]).softmax().sum(), spec([16])),
        profile({ [limit]: 64 }),
      );
    expect(temporary).toThrow(LimitError);
    expect(temporary).toThrow(new RegExp(`: 128 bytes exceed ${limit} \\(64\\)`));
  });

  test.each<[string, () => Promise<Device>]>([
    ["the CPU", async () => cpuDevice],
    ["WebAssembly", wasmDevice],
    ["gpu.js", gpujsDevice],
    ["WebGPU", webGpuDevice],
  ])("%s refuses before it allocates", async (_, open) => {
    const device = await open();
    const most = device.profile.limits.maxStorageBufferBindingSize;
    const make = async () => compile(device, (x: Tensor) => x.exp(), spec([most / 4 + 1]));
    await expect(make()).rejects.toThrow(LimitError);
    await expect(make()).rejects.toThrow(/^x: \d+ bytes exceed max(Storage)?Buffer(Binding)?Size/);
  });

  test("no buffer is made for what is refused", async () => {
    const device = await webGpuDevice();
    const size = device.profile.limits.maxStorageBufferBindingSize / 4 + 1;
    const calls = await callsDuring(device.gpu, async () => {
      await expect(async () => compile(device, (x: Tensor) => x.exp(), spec([size]))).rejects.toThrow(
        LimitError,
      );
    });
    expect(calls).toEqual({});
  });
});

test("an op that needs more storage buffers than there are is refused by its name", () => {
  const metrics = 5;
  const { graph } = traceStep(
    ({ ring, step }: { ring: Tensor; step: Tensor }, { xs }: { xs: Tensor[] }) =>
      [record(ring, step, xs), []] as const,
    { ring: spec([4, metrics]), step: spec([], "u32") },
    [{ name: "", specs: { xs: Array.from({ length: metrics }, () => spec([])) } }],
  );
  expect(lower(graph, profile({ maxStorageBuffersPerShaderStage: 7 })).dispatches).toHaveLength(1);
  const make = () => lower(graph, profile({ maxStorageBuffersPerShaderStage: 6 }));
  expect(make).toThrow(LimitError);
  expect(make).toThrow(/^record: 7 storage buffers exceed maxStorageBuffersPerShaderStage \(6\)\. Split/);
  expect(lower(graph, cpuProfile).dispatches).toHaveLength(1);
});
