import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { leavesOf } from "../../src/core/tree.ts";
import { hostTensor, type HostTensor } from "../../src/core/host_tensor.ts";
import type { Shape } from "../../src/core/shape.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import { parity } from "../../src/inspect/parity.ts";
import { matmul } from "../../src/ops/matmul.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { expectClose, sumOf } from "../support/close.ts";
import { webGpuDevice } from "../support/device.ts";
import { specOf } from "../support/op_case.ts";
import { opContract } from "../support/op_contract.ts";
import { isHostTensor, numbersOn } from "../support/run_on.ts";
import { indices, uniform } from "../support/values.ts";

/** The longest sum of a product and of its gradients, of terms of at most 1 and 1.5. */
const product = (x: Shape, y: Shape, transposeX = false, transposeY = false) => ({
  shapes: [x, y],
  attrs: { transposeX, transposeY },
  tolerance: sumOf(Math.max(1, x.at(transposeX ? -2 : -1) ?? 1)),
  gradientTolerance: sumOf(Math.max(1, ...x, ...y) * Math.max(1, ...x.slice(0, -2), ...y.slice(0, -2)), 1.5),
});

// A product is a sum of K terms; its gradients are sums of M or N terms, and over the batch where a side is shared.
opContract(matmul, {
  cases: [
    // every transpose, with M, N and K odd and different
    product([5, 3], [3, 7]),
    product([3, 5], [3, 7], true, false),
    product([5, 3], [7, 3], false, true),
    product([3, 5], [7, 3], true, true),
    // a batch: of both, of one side, broadcast on both sides, in rank 4, with transposes
    product([2, 4, 3], [2, 3, 5]),
    product([2, 4, 3], [3, 5]),
    product([4, 3], [2, 3, 5]),
    product([2, 1, 4, 3], [3, 3, 2]),
    product([2, 3, 2, 3], [2, 3, 3, 2]),
    product([2, 3, 4], [2, 5, 3], true, true),
    product([2, 3, 4], [3, 5], true, false),
    // K from 0 to 5, for steps of 4
    product([3, 0], [0, 4]),
    product([3, 1], [1, 4]),
    product([3, 4], [4, 4]),
    product([3, 5], [5, 4]),
    // one of everything, one row, one column, none
    product([1, 1], [1, 1]),
    product([1, 9], [9, 1]),
    product([9, 1], [1, 9]),
    product([0, 3], [3, 4]),
    product([3, 4], [4, 0]),
    // tiles that end outside, many tiles, few columns
    product([65, 65], [65, 65]),
    product([65, 33], [65, 17], true, false),
    product([33, 20], [10, 20], false, true),
    product([130, 16], [16, 10]),
    product([2, 67, 5], [5, 10]),
  ],
});

test("an infinity at the end of K stays one: what pads K to a step is not multiplied", async () => {
  const end = (shape: Shape, value: number): HostTensor => {
    const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1)).fill(1);
    data[data.length - 1] = value;
    return hostTensor(data, shape);
  };
  const device = await webGpuDevice();
  const f = (x: Tensor, y: Tensor): Tensor => x.matmul(y);
  expect(await numbersOn(device, f, end([2, 5], Infinity), end([5, 2], 1))).toEqual([
    5,
    5,
    Infinity,
    Infinity,
  ]);
  expect(await numbersOn(device, f, end([1, 5], 1), end([5, 3], Infinity))).toEqual([5, 5, Infinity]);
});

/** Runs `f` fused and compares all its results with the oracle; gives the number of dispatches. */
async function dispatchesOf(
  f: (...x: Tensor[]) => readonly Tensor[],
  inputs: readonly HostTensor[],
  terms: number,
): Promise<number> {
  const program = await compile(
    await webGpuDevice(),
    f as never,
    ...inputs.map((input) => spec(input.shape, specOf(input).dtype)),
  );
  program.run(...inputs);
  const got = leavesOf<HostTensor>(await program.read(), isHostTensor);
  const oracle = interpret(program.graph, inputs);
  program.graph.outputs.forEach(({ name, value }, i) => {
    const want = oracle.get(value.id);
    const leaf = got[i]?.leaf;
    if (!want || !leaf) throw new Error(`${name} is missing`);
    expectClose(leaf, want, sumOf(terms), name);
  });
  program.dispose();
  return program.plan.dispatches.length;
}

// Parity runs the kernels that a program goes over to in the end: on a software adapter, tiles of 16×8.
describe("large tiles", () => {
  const inputsOf = (...shapes: readonly Shape[]): HostTensor[] =>
    shapes.map((shape, i) => uniform()(shape, 20 + i));

  async function parityOf(f: (...x: Tensor[]) => readonly Tensor[], inputs: readonly HostTensor[]) {
    const device = await webGpuDevice();
    const specs = inputs.map((input) => spec(input.shape, specOf(input).dtype));
    using program = await compile(device, f as never, ...specs);
    program.run(...inputs);
    return parity(program);
  }

  test.each([
    ["whole", [64, 32], [32, 32]],
    ["clipped", [67, 36], [36, 45]],
    ["ragged", [64, 37], [37, 32]],
    ["both, in a batch", [2, 35, 38], [2, 38, 33]],
  ] as const)("%s", async (_, x, y) => {
    const f = (a: Tensor, b: Tensor): Tensor[] => [a.matmul(b).sigmoid()];
    const report = await parityOf(f, inputsOf(x, y));
    expect(report.ok, String(report)).toBe(true);
  });

  test("rows of xᵀ and column sums", async () => {
    const f = (x: Tensor, rows: Tensor, g: Tensor): Tensor[] => [
      x.gather(rows).transpose().matmul(g),
      g.sum(0),
    ];
    const [x, g] = [uniform()([50, 70], 30), uniform()([42, 33], 31)];
    const report = await parityOf(f, [x, indices(50)([42], 32), g]);
    expect(report.rows).toHaveLength(2);
    expect(report.ok, String(report)).toBe(true);
  });

  test("y transposed", async () => {
    const f = (a: Tensor, b: Tensor): Tensor[] => [a.matmul(b.transpose())];
    const report = await parityOf(f, inputsOf([66, 30], [41, 30]));
    expect(report.ok, String(report)).toBe(true);
  });
});

describe("what joins a product is one dispatch", () => {
  const x = uniform()([9, 5], 1);
  const w = uniform()([5, 6], 2);
  const rows = indices(9)([7], 3);
  const g = uniform()([7, 6], 4);

  test("gathered rows of x", async () => {
    const f = (x: Tensor, rows: Tensor, w: Tensor): Tensor[] => [x.gather(rows).matmul(w)];
    expect(await dispatchesOf(f, [x, rows, w], 5)).toBe(1);
  });

  test("gathered rows of xᵀ", async () => {
    const f = (x: Tensor, rows: Tensor, g: Tensor): Tensor[] => [x.gather(rows).transpose().matmul(g)];
    expect(await dispatchesOf(f, [x, rows, g], 7)).toBe(1);
  });

  test("gathered rows of more than a tile, as i32", async () => {
    const f = (x: Tensor, rows: Tensor, w: Tensor, g: Tensor): Tensor[] => [
      x.gather(rows).matmul(w),
      x.gather(rows).transpose().matmul(g),
    ];
    const many = indices(9, "i32")([67], 5);
    expect(await dispatchesOf(f, [x, many, w, uniform()([67, 10], 6)], 67)).toBe(2);
  });

  test("the column sums of y beside xᵀ·y", async () => {
    const f = (x: Tensor, g: Tensor): Tensor[] => [x.transpose().matmul(g), g.sum(0)];
    expect(await dispatchesOf(f, [uniform()([7, 5], 7), g], 7)).toBe(1);
    expect(await dispatchesOf(f, [uniform()([67, 33], 8), uniform()([67, 21], 9)], 67)).toBe(1);
    expect(await dispatchesOf(f, [uniform()([1, 1], 10), uniform()([1, 1], 11)], 1)).toBeLessThanOrEqual(2);
  });

  test("column sums beside gathered rows, each with maps of its own", async () => {
    const f = (x: Tensor, rows: Tensor, g: Tensor): Tensor[] => [
      x.gather(rows).transpose().matmul(g).mul(0.5).tanh(),
      g.sum(0).neg(),
    ];
    expect(await dispatchesOf(f, [x, rows, g], 7)).toBe(1);
  });

  test("a row that is added and an activation", async () => {
    const f = (x: Tensor, w: Tensor, b: Tensor): Tensor[] => [x.matmul(w).sub(b).sigmoid()];
    expect(await dispatchesOf(f, [x, w, uniform()([6], 12)], 5)).toBe(1);
  });
});
