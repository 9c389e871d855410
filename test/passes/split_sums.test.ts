// Tall products on a GPU are cut along their sums.

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { HostTensor } from "../../src/core/host_tensor.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import { formatOps } from "../../src/graph/print.ts";
import type { Profile } from "../../src/graph/profile.ts";
import { sumParts } from "../../src/ops/matmul_choice.ts";
import { splitSums } from "../../src/passes/split_sums.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { runPlan } from "../plan/run_plan.ts";
import { expectClose, sumOf } from "../support/close.ts";
import { asGpuDevice, cpuDevice } from "../support/device.ts";
import { specOf } from "../support/op_case.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { indices, uniform } from "../support/values.ts";

type Step = (...x: Tensor[]) => readonly Tensor[];

const graphOf = (f: Step, inputs: readonly HostTensor[]): Graph =>
  trace(
    f,
    inputs.map((input, i) => ({ name: `x${i}`, specs: spec(input.shape, specOf(input).dtype) })),
  ).graph;

const opsOf = (graph: Graph, profile: Profile): string[] =>
  lower(graph, profile).dispatches.map(({ node }) => formatOps(node));

/** Runs the plan for a GPU on both devices and compares with the oracle. */
async function expectResults(graph: Graph, inputs: readonly HostTensor[], terms: number): Promise<void> {
  const oracle = interpret(graph, inputs);
  const plan = lower(graph, plainGpu);
  for (const device of [cpuDevice, await asGpuDevice()]) {
    const { outputs } = await runPlan(device, graph, plan, inputs, 1);
    graph.outputs.forEach(({ name, value }, i) => {
      const want = oracle.get(value.id);
      const data = outputs[0]?.[i];
      if (!want || !data) throw new Error(`${name} is missing`);
      expectClose({ ...want, data }, want, sumOf(terms), `${name} on ${device.backend}`);
    });
  }
}

test("sums are cut into equal parts of 512 or more, as many as fill a GPU", () => {
  const parts: readonly (readonly [m: number, n: number, k: number, parts: number])[] = [
    [128, 10, 8192, 16],
    [128, 10, 2048, 4],
    [128, 10, 1023, 1],
    [128, 10, 1024, 2],
    [24, 34, 2048, 4],
    // the largest divisor, where the sums do not divide
    [128, 10, 3075, 5],
    [128, 10, 2053, 1],
    // no more than make enough tiles
    [784, 128, 8192, 4],
    [1024, 640, 8192, 1],
    // where there are many small ones, only long sums
    [784, 128, 4095, 1],
    [784, 128, 4096, 2],
    [0, 10, 8192, 1],
  ];
  for (const [m, n, k, count] of parts) {
    expect([m, n, k, sumParts(m, n, k, plainGpu)]).toEqual([m, n, k, count]);
    expect(sumParts(m, n, k, plainSoftware)).toBe(1);
  }
});

const weight: Step = (x, g) => [x.transpose().matmul(g)];
const layer: Step = (x, rows, g, w, b) => {
  const batch = x.gather(rows);
  const delta = g.mul(2);
  return [w.sub(batch.transpose().matmul(delta).mul(0.1)), b.sub(delta.sum(0).mul(0.1))];
};

test("a weight's gradient is a batch of products and a sum, with what follows in the sum's kernel", async () => {
  const inputs = [uniform()([1024, 7], 1), uniform()([1024, 5], 2)];
  const graph = graphOf(weight, inputs);
  expect(opsOf(graph, plainGpu)).toEqual(["matmul", "sum"]);
  expect(opsOf(graph, plainSoftware)).toEqual(["matmul"]);
  await expectResults(graph, inputs, 1024);
});

test("picked rows are picked by each part, and column sums stay beside the products", async () => {
  const inputs = [
    uniform()([40, 7], 1),
    indices(40)([1024], 2),
    uniform()([1024, 5], 3),
    uniform()([7, 5], 4),
    uniform()([5], 5),
  ];
  const graph = graphOf(layer, inputs);
  expect(opsOf(graph, plainGpu)).toEqual(["mul", "gather·matmul·sum", "sum·mul·sub", "sum·mul·sub"]);
  await expectResults(graph, inputs, 1024);
});

test("two products of one matrix are cut alike", async () => {
  const f: Step = (x, y, g) => [x.transpose().matmul(g), y.transpose().matmul(g), g.sum(0)];
  const inputs = [uniform()([1024, 7], 1), uniform()([1024, 3], 2), uniform()([1024, 5], 3)];
  const graph = graphOf(f, inputs);
  const parts = lower(graph, plainGpu, { fused: false }).graph.nodes.filter(({ op }) => op.name === "matmul");
  expect(parts.map(({ outputs }) => outputs[0]?.shape)).toEqual([
    [2, 7, 5],
    [2, 3, 5],
  ]);
  await expectResults(graph, inputs, 1024);
});

test("one matrix in two products is cut for each", async () => {
  const f: Step = (x, g, h) => [x.transpose().matmul(g), x.transpose().matmul(h)];
  const inputs = [uniform()([4096, 20], 1), uniform()([4096, 5], 2), uniform()([4096, 1600], 3)];
  const graph = graphOf(f, inputs);
  const parts = lower(graph, plainGpu, { fused: false }).graph.nodes.filter(({ op }) => op.name === "matmul");
  expect(parts.map(({ outputs }) => outputs[0]?.shape)).toEqual([
    [8, 20, 5],
    [2, 20, 1600],
  ]);
});

test("what is not tall stays as it is", () => {
  const f: Step = (x, y) => [x.matmul(y), y.transpose().matmul(y.transpose().transpose()).sum(0)];
  const graph = graphOf(f, [uniform()([64, 64], 1), uniform()([64, 64], 2)]);
  expect(splitSums(graph, plainGpu)).toBe(graph);
});
