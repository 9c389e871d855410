// The kernel in workgroup memory, beside the oracle. Sizes are in the uniform: all shapes of a test share a pipeline.

import { describe, expect, test } from "vitest";
import { compile, lower } from "../../src/compile.ts";
import { hostTensor, type HostTensor } from "../../src/core/host_tensor.ts";
import type { Shape } from "../../src/core/shape.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import type { Node } from "../../src/graph/op.ts";
import type { Profile } from "../../src/graph/profile.ts";
import { loss, nn, optim, parity } from "../../src/index.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { tiled16, tiled32, tiled64, type SharedTile } from "../../src/ops/matmul_choice.ts";
import { matmulTemplate } from "../../src/ops/matmul_kernel.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { runPlan } from "../plan/run_plan.ts";
import { expectClose, sumOf } from "../support/close.ts";
import { asGpuDevice, cpuDevice } from "../support/device.ts";
import { specOf } from "../support/op_case.ts";
import { plainGpu } from "../support/profiles.ts";
import { indices, uniform } from "../support/values.ts";
import { messagesOfPlan } from "../support/wgsl.ts";

/** The graph with every product computed in such tiles, whatever its size. */
function inTiles(graph: Graph, tile: SharedTile): Graph {
  const template: typeof matmulTemplate = (node, body, profile) =>
    matmulTemplate(node, body, profile, () => tile);
  const op = { ...matmul, anchor: { ...matmul.anchor, template } } as Node["op"];
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (node.op.name === "matmul" ? { ...node, op } : node)),
  };
}

interface Options {
  readonly tile?: SharedTile;
  readonly profile?: Profile;
}

/** Runs `f`, which is to be products in tiles and nothing else, and compares with the oracle; `terms` is the longest sum. */
async function expectProducts(
  f: (...x: Tensor[]) => readonly Tensor[],
  inputs: readonly HostTensor[],
  terms: number,
  { tile = tiled16, profile = plainGpu }: Options = {},
): Promise<void> {
  const device = await asGpuDevice();
  const specs = inputs.map((input, i) => ({
    name: `x${i}`,
    specs: spec(input.shape, specOf(input).dtype),
  }));
  const { graph } = trace(f, specs);
  const plan = lower(inTiles(graph, tile), profile);
  expect(new Set(plan.dispatches.map(({ kernel }) => kernel.shader.name))).toEqual(new Set(["matmul_tiled"]));
  expect(await messagesOfPlan(device, plan)).toEqual([]);
  const { outputs } = await runPlan(device, graph, plan, inputs, 1);
  const oracle = interpret(graph, inputs);
  graph.outputs.forEach(({ name, value }, i) => {
    const want = oracle.get(value.id);
    const data = outputs[0]?.[i];
    if (!want || !data) throw new Error(`${name} is missing`);
    const shapes = inputs.map(({ shape }) => `[${shape.join()}]`).join(" · ");
    expectClose({ ...want, data }, want, sumOf(Math.max(1, terms)), `${name} of ${shapes}`);
  });
}

const plain = (x: Tensor, y: Tensor): Tensor[] => [x.matmul(y)];

const products: readonly (readonly [string, (x: Tensor, y: Tensor) => Tensor[], boolean, boolean])[] = [
  ["x·y", plain, false, false],
  ["xᵀ·y", (x, y) => [x.transpose().matmul(y)], true, false],
  ["x·yᵀ", (x, y) => [x.matmul(y.transpose())], false, true],
  ["xᵀ·yᵀ", (x, y) => [x.transpose().matmul(y.transpose())], true, true],
];

const random = (...shapes: readonly Shape[]): HostTensor[] =>
  shapes.map((shape, i) => uniform()(shape, i + 1));

describe.each(products)("%s", (_, f, transposeX, transposeY) => {
  const sides = (m: number, n: number, k: number): HostTensor[] =>
    random(transposeX ? [k, m] : [m, k], transposeY ? [n, k] : [k, n]);

  // Every tile, and every layout, but not each with each: the larger ones compile for long.
  const tiles = transposeX === transposeY ? [transposeX ? tiled64 : tiled32] : [tiled16];
  test.each(tiles)("edges inside a tile, in tiles of $wx·$tn columns", async (tile) => {
    await expectProducts(f, sides(65, 130, 33), 33, { tile });
    await expectProducts(f, sides(17, 31, 9), 9, { tile });
    await expectProducts(f, sides(64, 64, 32), 32, { tile });
    // in vectors of four
    await expectProducts(f, sides(68, 132, 36), 36, { tile });
  });

  test.each([0, 1, 3, 15, 16, 17, 33])("K = %i, in steps of 16", (k) => expectProducts(f, sides(5, 7, k), k));

  test("one row, one column, one of everything", async () => {
    await expectProducts(f, sides(1, 39, 18), 18);
    await expectProducts(f, sides(39, 1, 18), 18);
    await expectProducts(f, sides(1, 1, 1), 1);
  });
});

test("a batch: of both, of one side, broadcast on both, with transposes", async () => {
  await expectProducts(plain, random([2, 34, 17], [2, 17, 5]), 17);
  await expectProducts(plain, random([17, 4], [3, 4, 33]), 4);
  await expectProducts(plain, random([2, 1, 4, 18], [3, 18, 33]), 18);
  await expectProducts(plain, random([2, 3, 2, 3], [2, 3, 3, 2]), 3);
  const both = (x: Tensor, y: Tensor): Tensor[] => [x.transpose([0, 2, 1]).matmul(y.transpose([0, 2, 1]))];
  await expectProducts(both, random([2, 17, 34], [2, 5, 17]), 17);
});

test("a grid in two dimensions has workgroups past the last tile", async () => {
  const limits = { ...plainGpu.limits, maxComputeWorkgroupsPerDimension: 7 };
  await expectProducts(plain, random([65, 20], [20, 130]), 20, { profile: { ...plainGpu, limits } });
});

test("an infinity at the end of K stays one: what pads K to a step is not multiplied", async () => {
  const end = (shape: Shape, value: number): HostTensor => {
    const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1)).fill(1);
    data[data.length - 1] = value;
    return hostTensor(data, shape);
  };
  await expectProducts(plain, [end([2, 17], Infinity), end([17, 2], 1)], 17);
  await expectProducts(plain, [end([1, 17], 1), end([17, 3], Infinity)], 17);
});

test("gathered rows of x, and of xᵀ beside column sums", async () => {
  const f = (x: Tensor, rows: Tensor, w: Tensor, g: Tensor): Tensor[] => [
    x.gather(rows).matmul(w),
    x.gather(rows).transpose().matmul(g).mul(0.5),
    g.sum(0).neg(),
  ];
  const x = uniform()([9, 40], 1);
  const rows = indices(9, "i32")([67], 2);
  await expectProducts(f, [x, rows, uniform()([40, 33], 3), uniform()([67, 70], 4)], 67);
  await expectProducts(f, [x, rows, uniform()([40, 36], 3), uniform()([67, 72], 4)], 67);
});

test("an operand that an epilogue reads too, out of its vectors", async () => {
  const f = (x: Tensor, y: Tensor): Tensor[] => [x.matmul(y).mul(x).add(y)];
  await expectProducts(f, random([36, 36], [36, 36]), 36);
});

test.each([136, 135])("gathered rows of %i bytes", async (width) => {
  const device = await asGpuDevice();
  const data = Uint8Array.from({ length: 20 * width }, (_, i) => (i * 97) % 256);
  using x = upload(device, hostTensor(data, [20, width]));
  const f = (x: Tensor, rows: Tensor, w: Tensor, g: Tensor): Tensor[] => {
    const batch = x.gather(rows).mul(1 / 255);
    return [batch.matmul(w), batch.transpose().matmul(g)];
  };
  const specs = [spec([128], "u32"), spec([width, 128]), spec([128, 128])];
  using program = await compile(device, f as never, x, ...specs);
  const [w, g] = random([width, 128], [128, 128]);
  program.run(undefined, indices(20)([128], 3), w, g);
  const names = program.plan.dispatches.map(({ kernel }) => kernel.shader.name);
  expect(names).toEqual(["matmul_tiled", "matmul_tiled"]);
  const report = await parity(program);
  expect(report.ok, String(report)).toBe(true);
});

describe("a training step that a GPU computes in tiles", () => {
  const count = 160;
  const set = { x: uniform()([count, 128], 1), y: uniform(0, 1)([count, 128], 2) };
  const options = {
    model: nn.sequential(nn.dense(128, 128), nn.sigmoid(), nn.dense(128, 128), nn.sigmoid()),
    loss: loss.halfSquaredError,
    optimizer: optim.sgd({ learningRate: 0.1 }),
    batchSize: 128,
    seed: 3,
  };
  const rows = indices(count)([128], 5).data as Uint32Array;

  test("every value agrees with the oracle, and so do the weights after steps in place", async () => {
    const trainer = await createTrainer(await asGpuDevice(), options);
    const program = await trainer.program(set);
    const names = program.plan.dispatches.map(({ kernel }) => kernel.shader.name);
    expect(names.filter((name) => name === "matmul_tiled").length).toBe(5);
    const other = await createTrainer(cpuDevice, options);
    const reference = await other.program(set);
    for (let step = 0; step < 3; step++)
      for (const each of [program, reference]) each.run({ rows, learningRate: 0.1 });
    const report = await parity(program);
    expect(report.ok, String(report)).toBe(true);
    const want = await other.params();
    for (const [name, got] of Object.entries(await trainer.params())) {
      const expected = want[name];
      if (!expected) throw new Error(`${name} is missing`);
      // Weights of at most 1 take three updates, each a tenth of a mean over 128 products and rounded once.
      expectClose(got, expected, { rtol: 4 * 2 ** -23, atol: 3 * 0.1 * sumOf(128).atol }, name);
    }
    await trainer.dispose();
    await other.dispose();
  });
});
