// State that shares a buffer: laid out, read and written, and updated by kernels that bind it once.

import { describe, expect, test } from "vitest";
import { compileStep, lower } from "../../src/compile.ts";
import { hostTensor, isHostTensor, tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { leavesOf, mapTree, type Tree } from "../../src/core/tree.ts";
import { parity } from "../../src/inspect/parity.ts";
import { adamW } from "../../src/optim/index.ts";
import type { Device } from "../../src/runtime/device.ts";
import { isDeviceTensor, upload, type DeviceTensor } from "../../src/runtime/device_tensor.ts";
import { layOut, uploadShared } from "../../src/runtime/slabs.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { hyper, spec } from "../../src/trace/trace.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";
import { checkBindings, checkContents } from "../plan/check_plan.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { uniform } from "../support/values.ts";

test("each tensor begins where a part may be bound, in another buffer where the first is full", () => {
  expect(layOut([4, 300, 256, 12], 1e6)).toEqual([
    { slab: 0, byteOffset: 0 },
    { slab: 0, byteOffset: 256 },
    { slab: 0, byteOffset: 768 },
    { slab: 0, byteOffset: 1024 },
  ]);
  expect(layOut([600, 400, 4, 2000, 4], 1024).map(({ slab }) => slab)).toEqual([0, 1, 1, 2, 3]);
});

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["the CPU", async () => cpuDevice],
  ["WebGPU", webGpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
];

type Trees = Record<string, Tree<HostTensor>>;
const numbersOf = async (state: Tree<DeviceTensor>): Promise<number[][]> =>
  Promise.all(
    leavesOf<DeviceTensor>(state, isDeviceTensor).map(async ({ leaf }) =>
      Array.from((await leaf.read()).data),
    ),
  );

describe.each(devices)("on %s", (_, open) => {
  /** What `step` makes of a state in three runs, with a buffer for each tensor or one for all. */
  async function expectSame(
    step: (state: never, inputs: { x: Tensor; rate: Tensor }) => readonly [Tree<Tensor>, Tree<Tensor>],
    initial: Trees,
  ): Promise<void> {
    const device = await open();
    const results = await Promise.all(
      ([apart, shared] as const).map(async (put) => {
        const state = put(device, initial);
        const program = await compileStep(device, step as never, state, { x: spec([5, 4]), rate: hyper() });
        checkBindings(program.plan);
        checkContents(program.plan);
        for (let run = 1; run <= 3; run++) program.run({ x: uniform(-1, 1)([5, 4], run), rate: 0.25 });
        const outputs = leavesOf<HostTensor>(await program.read(), isHostTensor).map(({ leaf }) =>
          Array.from(leaf.data),
        );
        const found = [...(await numbersOf(state)), ...outputs];
        const report = await parity(program);
        expect(report.ok, String(report)).toBe(true);
        program.dispose();
        for (const { leaf } of leavesOf<DeviceTensor>(state, isDeviceTensor)) leaf.dispose();
        return found;
      }),
    );
    expect(results[1]).toEqual(results[0]);
    expect(new Set(results[0]?.flat()).size).toBeGreaterThan(4);
  }
  const apart = (device: Device, tree: Trees): Tree<DeviceTensor> =>
    mapTree(tree, isHostTensor, (leaf) => upload(device, leaf));
  const shared = (device: Device, tree: Trees): Tree<DeviceTensor> => uploadShared(device, tree, "shared");

  test("tensors are read and written one by one", async () => {
    const device = await open();
    const state = uploadShared(device, { a: tensor([1, 2]), b: tensor([[3], [4], [5]]), c: tensor(6) }, "shared") as Record<string, DeviceTensor>; // prettier-ignore
    expect(await numbersOf(state)).toEqual([[1, 2], [3, 4, 5], [6]]);
    state["b"]?.write(tensor([[7], [8], [9]]));
    expect(await numbersOf(state)).toEqual([[1, 2], [7, 8, 9], [6]]);
    expect(new Set(Object.values(state).map(({ buffer }) => buffer)).size).toBe(1);
    state["a"]?.dispose();
  });

  test("training with AdamW, whose kernels write the buffer that the products read parts of", async () => {
    const optimizer = adamW({ learningRate: 0.25 });
    const params = { w: uniform(-1, 1)([4, 3], 1), v: uniform(-1, 1)([3, 2], 2), b: uniform(-1, 1)([2], 3) };
    type Params = Record<keyof typeof params, Tensor>;
    const lossOf = ({ w, v, b }: Params, x: Tensor): Tensor =>
      x.matmul(w).tanh().matmul(v).add(b).square().sum();
    const step = (
      state: { params: Params; slots: Tree<Tensor> },
      { x, rate }: { x: Tensor; rate: Tensor },
    ) => {
      const [loss, gradients] = valueAndGrad<[Params]>((p) => lossOf(p, x))(state.params);
      const next = optimizer.update({ ...state, gradients, learningRate: rate });
      return [{ ...next }, [loss, next.params]] as const;
    };
    await expectSame(step, { params, slots: optimizer.init(params) });
  });

  test("a product of one tensor replaces another, and one is replaced by what is read of both", async () => {
    type State = Record<"a" | "b" | "c" | "d", Tensor>;
    const step = ({ a, b, c, d }: State, { x }: { x: Tensor }) => {
      const next = { a: a.matmul(b).tanh(), b: b.add(x.sum(0)), c: c.mul(0.5).add(a.sum(0)), d: b.matmul(b) };
      return [next, [a.add(c), d]] as const;
    };
    const [a, b, c, d] = [[4, 4], [4, 4], [4], [4, 4]].map((shape, i) => uniform(-1, 1)(shape, i));
    if (!a || !b || !c || !d) throw new Error("four states");
    await expectSame(step, { a, b, c, d });
  });
});

test("a kernel binds a shared buffer once", async () => {
  const device = await webGpuDevice();
  const state = uploadShared(device, { a: tensor([1, 2]), b: tensor([3, 4]), c: tensor([5, 6]) }, "shared");
  const step = ({ a, b, c }: Record<"a" | "b" | "c", Tensor>) =>
    [{ a: a.add(b), b: b.mul(c), c: c.sub(1) }, []] as const;
  const program = await compileStep(device, step as never, state, {});
  const most = {
    ...device.profile,
    limits: { ...device.profile.limits, maxStorageBuffersPerShaderStage: 4 },
  };
  for (const { kernel } of lower(program.graph, most).dispatches)
    expect(kernel.bindings.length).toBeLessThan(4);
  program.run();
  expect(await numbersOf(state)).toEqual([
    [4, 6],
    [15, 24],
    [4, 5],
  ]);
  program.dispose();
});

test("memory that a device lacks is refused with nothing left behind", async () => {
  const made: { destroyed: boolean }[] = [];
  const device = {
    profile: { limits: { maxBufferSize: 1024, maxStorageBufferBindingSize: 512 } },
    createBuffer: () => {
      if (made.length === 1) throw new Error("full");
      const buffer = { destroyed: false, destroy: () => (buffer.destroyed = true) };
      made.push(buffer);
      return buffer;
    },
    write: () => undefined,
  };
  const tree = { a: hostTensor(new Float32Array(100), [100]), b: hostTensor(new Float32Array(100), [100]) };
  expect(() => uploadShared(device as never, tree, "shared")).toThrow("full");
  expect(made).toMatchObject([{ destroyed: true }]);
});
