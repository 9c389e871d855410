// How state is replaced, case by case, on the CPU and on WebGPU: what each state and each output is after three steps.

import { describe, expect, test } from "vitest";
import { compileStep } from "../../src/compile.ts";
import { hostTensor, tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { ValueError } from "../../src/core/errors.ts";
import { spec } from "../../src/trace/trace.ts";
import type { Device } from "../../src/runtime/device.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import { record } from "../../src/trace/functional.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { checkBindings, checkContents } from "./check_plan.ts";

type Step = (s: { a: Tensor; b: Tensor }, x: Tensor) => [{ a: Tensor; b: Tensor }, Tensor[]];
type Numbers = readonly number[];
interface State {
  a: Numbers;
  b: Numbers;
}

/** What one step does, in plain numbers: (a, b, x) → a′, b′ and the outputs, all of two elements. */
type Plain = (s: State, x: Numbers) => [State, Numbers[]];

const zip = (p: Numbers, q: Numbers, f: (p: number, q: number) => number): number[] =>
  p.map((value, i) => f(value, q[i] ?? NaN));
const plus = (p: Numbers, q: Numbers): number[] => zip(p, q, (x, y) => x + y);

const cases: readonly (readonly [string, Step, Plain])[] = [
  ["two states are swapped", ({ a, b }) => [{ a: b, b: a }, []], ({ a, b }) => [{ a: b, b: a }, []]],
  [
    "a state becomes another's old value",
    ({ a }, x) => [{ a: a.add(x), b: a }, []],
    ({ a }, x) => [{ a: plus(a, x), b: a }, []],
  ],
  [
    "each is made from both",
    ({ a, b }) => [{ a: a.add(b), b: a.sub(b) }, []],
    ({ a, b }) => [{ a: plus(a, b), b: zip(a, b, (x, y) => x - y) }, []],
  ],
  [
    "a state is read after what replaces it was made",
    ({ a, b }, x) => {
      const next = a.mul(0.5).add(x);
      return [{ a: next, b }, [next.sum().mul(a)]];
    },
    ({ a, b }, x) => {
      const next = zip(a, x, (p, q) => p * 0.5 + q);
      return [{ a: next, b }, [a.map((p) => p * next.reduce((sum, q) => sum + q, 0))]];
    },
  ],
  [
    "old and new values are returned as well",
    ({ a, b }, x) => {
      const next = a.add(x);
      return [{ a: next, b }, [a, next, b]];
    },
    ({ a, b }, x) => [{ a: plus(a, x), b }, [a, plus(a, x), b]],
  ],
  ["a plain input becomes state", ({ a }, x) => [{ a: x, b: a }, [x]], ({ a }, x) => [{ a: x, b: a }, [x]]],
  [
    "a reshaped input and a reshaped state become state",
    ({ b }, x) => [{ a: b.reshape([1, 2]).reshape([2]), b: x.reshape([2, 1]).add(0).reshape([2]) }, []],
    ({ b }, x) => [{ a: b, b: x }, []],
  ],
  [
    "one value replaces two states",
    ({ a, b }, x) => {
      const next = a.mul(b).add(x);
      return [{ a: next, b: next }, [next]];
    },
    ({ a, b }, x) => {
      const next = plus(zip(a, b, (p, q) => p * q), x); // prettier-ignore
      return [{ a: next, b: next }, [next]];
    },
  ],
  [
    "a kernel needs the old value at other elements",
    ({ a, b }) => [{ a: a.gather(b.mul(0).add(1).cast("u32")).add(a), b }, []],
    ({ a, b }) => [{ a: a.map((p) => p + (a[1] ?? NaN)), b }, []],
  ],
  [
    "a state is overwritten through a view of itself",
    ({ a, b }, x) => [{ a: a.reshape([1, 2]).transpose().matmul(x.reshape([1, 2])).gather(b.mul(0).cast("u32")).sum(0).mul(0.5), b }, []], // prettier-ignore
    ({ a, b }, x) => [{ a: x.map((q) => q * (a[0] ?? NaN)), b }, []],
  ],
  [
    "a product reads a state that is replaced elsewhere, beside it",
    ({ a, b }, x) => {
      const y = x.reshape([1, 2]).matmul(a.reshape([2, 1]).matmul(b.reshape([1, 2]))).reshape([2]).add(b); // prettier-ignore
      return [{ a: a.sub(y), b: b.sub(a) }, [y]];
    },
    ({ a, b }, x) => {
      const dot = zip(x, a, (p, q) => p * q).reduce((sum, p) => sum + p, 0);
      const y = b.map((p) => dot * p + p);
      return [{ a: zip(a, y, (p, q) => p - q), b: zip(b, a, (p, q) => p - q) }, [y]];
    },
  ],
  [
    "a chain of updates, each from the one before",
    ({ a, b }, x) => {
      const next = a.mul(0.5).add(x);
      return [{ a: next, b: b.sub(next) }, []];
    },
    ({ a, b }, x) => {
      const next = zip(a, x, (p, q) => p * 0.5 + q);
      return [{ a: next, b: zip(b, next, (p, q) => p - q) }, []];
    },
  ],
  [
    "a softmax of a scaled state replaces it",
    ({ a, b }) => [{ a: a.mul(0).softmax().add(a), b: b.reshape([2, 1]).max(1).reshape([2]) }, []],
    ({ a, b }) => [{ a: a.map((p) => p + 0.5), b }, []],
  ],
  [
    "elements change places",
    ({ a, b }) => [{ a: a.gather(b.greater(1e9).where(0, 1).cast("u32").sub(b.mul(0).add(0).cast("u32"))), b: a }, []],
    ({ a }) => [{ a: a.map(() => a[1] ?? NaN), b: a }, []],
  ], // prettier-ignore
];

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["the CPU", async () => cpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
  ["WebGPU", webGpuDevice],
];

describe.each(devices)("on %s", (_, open) => {
  test.each(cases)("%s", async (_, step, plain) => {
    const device = await open();
    let want: State = { a: [0.5, -1], b: [2, 0.25] };
    const state = { a: upload(device, tensor(want.a)), b: upload(device, tensor(want.b)) };
    const f = (s: { a: Tensor; b: Tensor }, { x }: { x: Tensor }) => step(s, x);
    const program = await compileStep(device, f, state, { x: spec([2]) });
    checkContents(program.plan);
    checkBindings(program.plan);
    for (let run = 1; run <= 3; run++) {
      const x = [run, -0.5 * run];
      program.run({ x: tensor(x) });
      const [next, outputs] = plain(want, x);
      want = next;
      const numbers = (given: HostTensor): number[] => Array.from(given.data);
      const read = [await state.a.read(), await state.b.read()].map(numbers);
      expect(read, `run ${run}`).toEqual([want.a, want.b]);
      expect((await program.read()).map(numbers), `run ${run}`).toEqual(outputs);
    }
    program.dispose();
  });

  test("a ring keeps what earlier steps wrote, and its count", async () => {
    const device = await open();
    const state = {
      ring: upload(device, hostTensor(new Float32Array(6).fill(-1), [3, 2])),
      step: upload(device, hostTensor(new Uint32Array(1), [])),
    };
    const f = (s: { ring: Tensor; step: Tensor }, { x }: { x: Tensor }): [typeof s, [Tensor]] => [
      record(s.ring, s.step, [x.sum(), x.max()]),
      [s.step],
    ];
    const program = await compileStep(device, f, state, { x: spec([2]) });
    for (const [run, ring] of [
      [0, [1, 1, -1, -1, -1, -1]],
      [1, [1, 1, 3, 2, -1, -1]],
      [2, [1, 1, 3, 2, 5, 3]],
      [3, [7, 4, 3, 2, 5, 3]],
    ] as const) {
      program.run({ x: tensor([run, run + 1]) });
      expect(Array.from((await state.ring.read()).data)).toEqual(ring);
      expect((await program.read()).map(({ data }) => data[0])).toEqual([run]);
      expect(await state.step.item()).toBe(run + 1);
    }
    program.dispose();
  });

  test("a weight of one row is read beside its gradient, where the bias's is stored", async () => {
    const device = await open();
    const state = { w: upload(device, tensor([[0.5, -1]])), b: upload(device, tensor([[2, 0.25]])) };
    const program = await compileStep(
      device,
      ({ w, b }: { w: Tensor; b: Tensor }, { x, y }: { x: Tensor; y: Tensor }) =>
        [{ w: w.sub(x.transpose().matmul(y)), b: b.sub(y.sum(0, true).add(w)) }, []] as const,
      state,
      { x: spec([3, 1]), y: spec([3, 2]) },
    );
    program.run({ x: tensor([[1], [2], [3]]), y: tensor([[1, 0], [0, 1], [1, 1]]) }); // prettier-ignore
    expect(Array.from((await state.w.read()).data)).toEqual([0.5 - 4, -1 - 5]);
    expect(Array.from((await state.b.read()).data)).toEqual([2 - (2 + 0.5), 0.25 - (2 - 1)]);
    program.dispose();
  });
});

test("a ring that the step does not return is refused", async () => {
  const state = {
    ring: upload(cpuDevice, hostTensor(new Float32Array(2), [2, 1])),
    step: upload(cpuDevice, hostTensor(new Uint32Array(1), [])),
  };
  const twice = (s: { ring: Tensor; step: Tensor }): [typeof s, []] => {
    const once = record(s.ring, s.step, [s.ring.sum()]);
    return [record(once.ring, once.step, [s.ring.max()]), []];
  };
  await expect(async () => compileStep(cpuDevice, twice, state, {})).rejects.toThrow(ValueError);
  await expect(async () => compileStep(cpuDevice, twice, state, {})).rejects.toThrow(/record: .*state/);
});
