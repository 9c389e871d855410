// What is measured for a product, and how a plan takes what was: tables, no device. And the tiles that no rule chooses.

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Shape } from "../../src/core/shape.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import type { Profile } from "../../src/graph/profile.ts";
import { choiceName, matmulCandidates, tiled128, tiled64Narrow } from "../../src/ops/matmul_candidates.ts";
import { chooseMatmul } from "../../src/ops/matmul_choice.ts";
import { productKey } from "../../src/ops/matmul_tuned.ts";
import { kernelKey } from "../../src/plan/kernel.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { runPlan } from "../plan/run_plan.ts";
import { expectClose, sumOf } from "../support/close.ts";
import { asGpuDevice } from "../support/device.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { uniform } from "../support/values.ts";

type Sizes = readonly [m: number, n: number, k: number, batches?: number];

const plain = { transposeX: false, transposeY: false };

const namesOf = (profile: Profile, [m, n, k, batches = 1]: Sizes): string[] =>
  matmulCandidates({ ...plain, m, n, k }, batches, profile).map(choiceName);

const sizes: readonly Sizes[] = [
  [1, 1, 1],
  [4, 1, 8],
  [32, 128, 784],
  [784, 128, 32],
  [256, 10, 128],
  [512, 512, 512],
  [64, 64, 64, 8],
  [4096, 3, 3],
];

test.each(sizes.map((size) => ({ size })))("two to six kernels for $size, the rules' first", ({ size }) => {
  const [m, n, k, batches = 1] = size;
  for (const profile of [plainGpu, plainSoftware, { ...plainSoftware, subgroups: true }]) {
    const names = namesOf(profile, size);
    expect(names[0]).toBe(choiceName(chooseMatmul(m, n, k, batches, profile)));
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeLessThanOrEqual(6);
    if (m > 4) expect(names.length).toBeGreaterThan(1);
  }
});

test("a software adapter is not asked for workgroup memory, nor a GPU for tiles that are mostly empty", () => {
  for (const size of sizes)
    for (const name of namesOf({ ...plainSoftware, subgroups: true }, size))
      expect(name).toMatch(/^direct 4×1 .* quad$/);
  expect(namesOf(plainGpu, [4096, 15, 4096]).filter((name) => name.startsWith("tiled"))).toEqual([
    "tiled 4×4×4 4×4 16",
  ]);
  expect(namesOf(plainGpu, [512, 512, 512])).toEqual([
    "tiled 8×8×2 4×4 16",
    "tiled 16×16 8×8 8",
    "tiled 8×8 8×8 16",
    "tiled 16×16 4×4 16",
    "tiled 4×4×4 4×4 16",
    "direct 8×8 4×4",
  ]);
});

const matmul = (transposeX: boolean, transposeY: boolean): Graph => {
  const f = (x: Tensor, y: Tensor): Tensor =>
    (transposeX ? x.transpose() : x).matmul(transposeY ? y.transpose() : y);
  const args = ["x", "y"].map((name) => ({ name, specs: spec([64, 64]) }));
  return trace(f, args).graph;
};

test("a plan takes what was measured for a product of these sizes, lying like this", () => {
  const size = { m: 64, n: 64, k: 64 };
  const choice = { family: "direct", wx: 4, wy: 1, tm: 8, tn: 4, quad: false } as const;
  const key = productKey({ ...size, transposeX: false, transposeY: true }, 1);
  expect(key).toBe("64×64×64 NT ×1");
  const tuned = { ...plainSoftware, tuned: { [key]: choice } };
  const [other] = lower(matmul(false, false), tuned).dispatches;
  expect(other?.kernel.constants).toMatchObject({ TM: 16, TN: 8 });
  const [rule] = lower(matmul(false, true), plainSoftware).dispatches;
  const [dispatch] = lower(matmul(false, true), tuned).dispatches;
  expect(dispatch?.kernel.constants).toMatchObject({ WX: 4, WY: 1, TM: 8, TN: 4 });
  expect(dispatch?.kernel.grid).toEqual([8 * 4, 1]);
  // What compiles soon is chosen as ever.
  if (!dispatch?.quick || !rule?.quick) throw new Error("there is no kernel to begin with");
  expect(kernelKey(dispatch.quick)).toBe(kernelKey(rule.quick));
});

test("what was measured of a whole product does not change into how many parts its sums are cut", () => {
  const f = (x: Tensor, g: Tensor): Tensor => x.transpose().matmul(g);
  const args = ["x", "g"].map((name) => ({ name, specs: spec([4096, 32]) }));
  const { graph } = trace(f, args);
  const byRules = lower(graph, plainGpu);
  expect(byRules.dispatches.length).toBe(2);
  const key = productKey({ m: 32, n: 32, k: 4096, transposeX: true, transposeY: false }, 1);
  const tuned = {
    ...plainGpu,
    tuned: { [key]: { ...chooseMatmul(32, 32, 4096, 1, plainGpu), tm: 1, tn: 1 } },
  };
  expect(String(lower(graph, tuned).dispatches.map(({ kernel }) => kernelKey(kernel)))).toBe(
    String(byRules.dispatches.map(({ kernel }) => kernelKey(kernel))),
  );
});

test.each([
  ["64×64 by 256 invocations, vectors of A alone", tiled64Narrow, [72, 36], [36, 131], false],
  ["128×128, vectors of B alone", tiled128, [19, 131], [19, 132], true],
] as const)("%s: beside the oracle", async (_, tile, x: Shape, y: Shape, transposeX) => {
  const f = (a: Tensor, b: Tensor): Tensor => (transposeX ? a.transpose() : a).matmul(b);
  const { graph } = trace(f, [
    { name: "x", specs: spec(x) },
    { name: "y", specs: spec(y) },
  ]);
  const [k = 0, m = 0] = transposeX ? x : [...x].reverse();
  const key = productKey({ m, n: y[1] ?? 0, k, transposeX, transposeY: false }, 1);
  const plan = lower(graph, { ...plainGpu, tuned: { [key]: tile } });
  expect(plan.dispatches[0]?.kernel.constants).toMatchObject({ TM: tile.tm, TK: tile.tk, WX: tile.wx });
  const inputs = [uniform()(x, 1), uniform()(y, 2)];
  const { outputs } = await runPlan(await asGpuDevice(), graph, plan, inputs, 1);
  const want = interpret(graph, inputs).get(graph.outputs[0]?.value.id ?? -1);
  const data = outputs[0]?.[0];
  if (!want || !data) throw new Error("the product is missing");
  expectClose({ ...want, data }, want, sumOf(k));
});
