// Products of all layouts and odd sizes, against loops in f32: without relaxed SIMD the bits are those of the plain loop over
// K, whatever the blocks and panels.

import { describe, expect, test } from "vitest";
import { compile } from "../../../src/compile.ts";
import { hostTensor, type HostTensor } from "../../../src/core/host_tensor.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { upload } from "../../../src/runtime/device_tensor.ts";
import { hasRelaxedSimd } from "../../../src/runtime/wasm/fixed.ts";
import type { Tensor } from "../../../src/trace/tensor.ts";
import { spec } from "../../../src/trace/trace.ts";
import { exact, expectClose, sumOf } from "../../support/close.ts";
import { wasmDevice } from "../../support/device.ts";
import { numbersOn, runOn } from "../../support/run_on.ts";
import { indices, uniform } from "../../support/values.ts";

const tolerance = (k: number) => (hasRelaxedSimd() ? sumOf(Math.max(1, k)) : exact);

/** op(x)·op(y), each product rounded, each sum rounded, from the first of K to the last. */
function plain(x: HostTensor, y: HostTensor, transposeX: boolean, transposeY: boolean): HostTensor {
  const [m = 0, k = 0] = transposeX ? [...x.shape].reverse() : x.shape;
  const [, n = 0] = transposeY ? [...y.shape].reverse() : y.shape;
  const data = new Float32Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        const left = x.data[transposeX ? p * m + i : i * k + p] ?? NaN;
        const right = y.data[transposeY ? j * k + p : p * n + j] ?? NaN;
        sum = Math.fround(sum + Math.fround(left * right));
      }
      data[i * n + j] = sum;
    }
  return hostTensor(data, [m, n]);
}

const sizes: readonly (readonly [m: number, k: number, n: number])[] = [
  [1, 1, 1],
  // a tile, one more of everything, one less
  [5, 4, 8],
  [6, 5, 9],
  [4, 3, 7],
  // rows and columns that end outside blocks and tiles; one row, one column
  [61, 7, 17],
  [130, 20, 10],
  [1, 300, 20],
  [70, 257, 1],
  // several stretches of K, and more than are packed at once
  [13, 513, 12],
  [7, 1300, 9],
  // nothing to sum
  [3, 0, 5],
];

describe.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])("transposed: %s, %s", (transposeX, transposeY) => {
  test.each(sizes)("%i×%i×%i", async (m, k, n) => {
    const x = uniform()(transposeX ? [k, m] : [m, k], 1);
    const y = uniform()(transposeY ? [n, k] : [k, n], 2);
    const f = (a: Tensor, b: Tensor): Tensor =>
      (transposeX ? a.transpose() : a).matmul(transposeY ? b.transpose() : b);
    const [got] = await runOn(await wasmDevice(), f, x, y);
    expectClose(got ?? x, plain(x, y, transposeX, transposeY), tolerance(k));
  });
});

test("a gradient of many rows, whose sums go through all of C stretch by stretch", async () => {
  const [x, g] = [uniform()([1100, 70], 3), uniform()([1100, 11], 4)];
  const [got] = await runOn(await wasmDevice(), (x, g) => x.transpose().matmul(g), x, g);
  expectClose(got ?? x, plain(x, g, true, false), tolerance(1100));
  const [after] = await runOn(await wasmDevice(), (x, g) => x.transpose().matmul(g).mul(2).add(1), x, g);
  const want = plain(x, g, true, false).data.map((sum: number) => Math.fround(Math.fround(sum * 2) + 1));
  expectClose(after ?? x, hostTensor(want, [70, 11]), tolerance(1100));
});

test("more columns than are packed at once are done in parts, and what follows waits for all", async () => {
  const k = 2 ** 16;
  const [x, y] = [uniform()([2, k], 5), uniform()([k, 43], 6)];
  const [got] = await runOn(await wasmDevice(), (x, y) => x.matmul(y).neg(), x, y);
  const want = plain(x, y, false, false);
  expectClose(got ?? x, hostTensor(want.data.map((sum: number) => -sum), want.shape), tolerance(k)); // prettier-ignore
});

/** Rows of `x`. */
const picked = (x: HostTensor, rows: readonly number[], scale = 1): HostTensor => {
  const [, width = 0] = x.shape;
  const data = rows.flatMap((row) => [...x.data.subarray(row * width, (row + 1) * width)]);
  return hostTensor(Float32Array.from(data, (value) => Math.fround(value * Math.fround(scale))), [rows.length, width]); // prettier-ignore
};

describe("picked rows", () => {
  const rows = [...indices(9)([23], 7).data];
  const floats = uniform()([9, 70], 8);
  const bytes = hostTensor(
    Uint8Array.from({ length: 9 * 70 }, (_, i) => (i * 37) % 256),
    [9, 70],
  );

  async function run(device: Device, source: HostTensor, y: HostTensor, f: (x: Tensor, y: Tensor) => Tensor) {
    const x = upload(device, source);
    const program = await compile(
      device,
      (x: Tensor, rows: Tensor, y: Tensor) => f(x.gather(rows), y),
      x,
      spec([rows.length], "u32"),
      spec(y.shape),
    );
    program.run(undefined, Uint32Array.from(rows), y);
    const result = await program.read();
    program.dispose();
    x.dispose();
    return result;
  }

  test.each([
    ["of floats", floats, 1],
    ["of bytes", bytes, 1 / 255],
  ])("%s are the rows of a product, or its depth", async (_, source, scale) => {
    const device = await wasmDevice();
    const scaled = (x: Tensor): Tensor => (scale === 1 ? x : x.mul(scale));
    const all = picked(source, rows, scale);
    const w = uniform()([70, 11], 9);
    expectClose(await run(device, source, w, (x, w) => scaled(x).matmul(w)), plain(all, w, false, false), tolerance(70)); // prettier-ignore
    const g = uniform()([23, 11], 10);
    const transposed = await run(device, source, g, (x, g) => scaled(x).transpose().matmul(g));
    expectClose(transposed, plain(all, g, true, false), tolerance(23));
  });
});

test("picked rows of one number each are the depth of a product, or its rows", async () => {
  const device = await wasmDevice();
  const x = hostTensor(Float32Array.of(2, 3, 5), [3, 1]);
  const rows = hostTensor(Uint32Array.of(2, 0), [2]);
  const y = hostTensor(Float32Array.of(7, 11), [2, 1]);
  const depth = (x: Tensor, rows: Tensor, y: Tensor): Tensor => x.gather(rows).transpose().matmul(y);
  const each = (x: Tensor, rows: Tensor): Tensor => x.gather(rows).matmul(x.gather(rows).transpose());
  expect(await numbersOn(device, depth, x, rows, y)).toEqual([5 * 7 + 2 * 11]);
  expect(await numbersOn(device, each, x, rows)).toEqual([25, 10, 10, 4]);
});

test("batches: each matrix by its own, one shared, rows of one large matrix", async () => {
  const device = await wasmDevice();
  const part = ({ data, shape }: HostTensor, i: number): HostTensor => {
    const [, rows = 0, columns = 0] = shape;
    const size = rows * columns;
    return hostTensor(data.slice(i * size, (i + 1) * size), [rows, columns]);
  };
  const x = uniform()([3, 6, 5], 11);
  const y = uniform()([3, 5, 9], 12);
  const one = uniform()([5, 9], 13);
  const product = (x: Tensor, y: Tensor): Tensor => x.matmul(y).add(1);
  const [each, shared] = [await runOn(device, product, x, y), await runOn(device, product, x, one)];
  for (let i = 0; i < 3; i++)
    for (const [got, right] of [
      [each[0] ?? x, part(y, i)],
      [shared[0] ?? x, one],
    ] as const) {
      const want = plain(part(x, i), right, false, false);
      expectClose(part(got, i), hostTensor(want.data.map((sum: number) => Math.fround(sum + 1)), want.shape), tolerance(5)); // prettier-ignore
    }
});

test("an infinity stays where it is: what fills panels up is not multiplied into results", async () => {
  const x = hostTensor(Float32Array.of(1, 2, Infinity, 4, 5, 6), [2, 3]);
  const y = uniform(1, 2)([3, 3], 14);
  const [got] = await runOn(await wasmDevice(), (x, y) => x.matmul(y), x, y);
  expect([...(got?.data ?? [])].map(Number.isFinite)).toEqual([false, false, false, true, true, true]);
});
