import { expect, test } from "vitest";
import {
  flopsOf,
  kernels,
  kernelsNamed,
  quickKernels,
  titleOf,
  type Kernel,
} from "../../bench/kernels/cases.ts";
import { onDevice } from "../../bench/kernels/chainrule.ts";
import { errorOf, exactAt, problemOf } from "../../bench/kernels/problem.ts";
import { cpuDevice } from "../support/device.ts";
import { expectClose } from "../support/close.ts";
import { hostTensor, type HostTensor } from "../../src/core/host_tensor.ts";

const product = (layout: "NN" | "TN" | "NT", batches = 1): Kernel => ({
  kind: "matmul",
  m: 2,
  n: 3,
  k: 4,
  layout,
  batches,
});

/** The whole exact result. */
function exact(kernel: Kernel): HostTensor {
  const problem = problemOf(kernel);
  const size = problem.shape.reduce((product, axis) => product * axis, 1);
  return hostTensor(
    Float32Array.from({ length: size }, (_, i) => exactAt(problem, i)),
    problem.shape,
  );
}

test("a product's exact elements are sums over its operands as they lie", () => {
  const a = hostTensor(Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]), [2, 4]);
  const b = hostTensor(
    Float32Array.from({ length: 12 }, (_, i) => i),
    [4, 3],
  );
  const transposed = ({ data, shape: [rows = 0, columns = 0] }: HostTensor): HostTensor =>
    hostTensor(
      Float32Array.from(
        { length: data.length },
        (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] ?? NaN,
      ),
      [columns, rows],
    );
  const operands = { NN: [a, b], TN: [transposed(a), b], NT: [a, transposed(b)] };
  for (const layout of ["NN", "TN", "NT"] as const) {
    const problem = { kernel: product(layout), inputs: operands[layout], shape: [2, 3] };
    expect(
      [0, 1, 2, 3, 4, 5].map((i) => exactAt(problem, i)),
      layout,
    ).toEqual([60, 70, 80, 132, 158, 184]);
  }
});

test("rows' exact elements: softmax sums to 1, a layer norm without weights has mean 0 and variance 1", () => {
  const softmax = Array.from(exact({ kind: "softmax", rows: 2, columns: 5 }).data);
  for (const row of [softmax.slice(0, 5), softmax.slice(5)])
    expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
  const kernel = { kind: "layerNorm", rows: 1, columns: 50 } as const;
  const { inputs, shape } = problemOf(kernel);
  const [x = hostTensor(new Float32Array(50), [50])] = inputs;
  const [ones, zeros] = [1, 0].map((value) => hostTensor(new Float32Array(50).fill(value), [50]));
  const plain = { kernel, inputs: [x, ones ?? x, zeros ?? x], shape };
  const values = Array.from({ length: 50 }, (_, i) => exactAt(plain, i));
  expect(values.reduce((sum, y) => sum + y, 0) / 50).toBeCloseTo(0, 10);
  expect(values.reduce((sum, y) => sum + y * y, 0) / 50).toBeCloseTo(1, 4);
});

test.each([
  product("NN"),
  product("TN"),
  product("NT"),
  product("NN", 3),
  { kind: "softmax", rows: 4, columns: 3 } as const,
  { kind: "layerNorm", rows: 4, columns: 3 } as const,
])("chainrule runs %o, and its result is the exact one", async (kernel) => {
  const problem = problemOf(kernel);
  const contender = await onDevice(cpuDevice, "cpu").create(problem);
  for (let i = 0; i < 3; i++) await contender.run();
  const result = await contender.result();
  expectClose(result, exact(kernel), { rtol: 1e-6, atol: 1e-6 });
  expect(await contender.first()).toBe(result.data[0]);
  expect(errorOf(problem, result)).toBeLessThan(1e-6);
  await contender.dispose();
});

test("a result's error is relative, seen at its last element, and NaN where the shape is another", () => {
  const problem = problemOf({ kind: "softmax", rows: 100, columns: 10 });
  const right = exact(problem.kernel);
  expect(errorOf(problem, right)).toBeLessThan(1e-7);
  const wrong = hostTensor(Float32Array.from(right.data), right.shape);
  wrong.data[999] = 2 * (wrong.data[999] ?? 0);
  expect(errorOf(problem, wrong)).toBeGreaterThan(0.001);
  wrong.data[999] = NaN;
  expect(errorOf(problem, wrong)).toBeNaN();
  expect(errorOf(problem, hostTensor(right.data, [1000]))).toBeNaN();
});

test("kernels are named by what their titles contain", () => {
  expect(kernelsNamed("tn 784x128,Softmax").map(titleOf)).toEqual([
    "TN 784×128×256",
    "softmax 256×10",
    "softmax 1024×768",
    "softmax 4096×1000",
  ]);
  expect(() => kernelsNamed("softmax,conv")).toThrow('"conv" is in none of NN 64×64×64; ');
});

test("each kernel has a title of its own, and a quick run has small ones of each kind", () => {
  const titles = kernels.map(titleOf);
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles).toContain("TN 784×128×256");
  expect(titles).toContain("NN 64×64×64, 64 at a time");
  expect(new Set(quickKernels.map(({ kind }) => kind)).size).toBe(3);
  expect(quickKernels.length).toBe(8);
  expect(flopsOf({ kind: "matmul", m: 2, n: 3, k: 4, layout: "NN", batches: 5 })).toBe(240);
});
