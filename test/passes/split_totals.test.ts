// Long sums on a GPU are cut into sums of parts.

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { HostTensor } from "../../src/core/host_tensor.ts";
import { formatOps } from "../../src/graph/print.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import { splitTotals } from "../../src/passes/split_totals.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { runPlan } from "../plan/run_plan.ts";
import { expectClose, sumOf } from "../support/close.ts";
import { asGpuDevice, cpuDevice } from "../support/device.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { uniform } from "../support/values.ts";

type Axes = readonly number[] | number | undefined;

const graphOf = (inputs: readonly HostTensor[], f: (...x: Tensor[]) => Tensor[]) =>
  trace(
    f,
    inputs.map(({ shape }, i) => ({ name: `x${i}`, specs: spec(shape) })),
  ).graph;

test.each([
  ["a vector", [8192], undefined, [128]],
  ["a long vector", [2 ** 20 + 2 ** 18], undefined, [160]],
  ["a matrix, to one element", [1024, 10], undefined, [128]],
  ["few columns", [4096, 3], [0], [128, 3]],
  ["many columns", [512, 300], [0], [16, 300]],
  ["the first two axes", [32, 128, 3], [0, 1], [128, 3]],
] as const)("%s", async (_, shape, axes: Axes, parts) => {
  const inputs = [uniform(0, 1)(shape, 1)];
  const graph = graphOf(inputs, (x) => [x.sum(axes).mul(0.5)]);
  const plan = lower(graph, plainGpu);
  expect(plan.dispatches.map(({ node }) => formatOps(node))).toEqual(["sum", "sum·mul"]);
  expect(plan.dispatches[0]?.writes[0]?.shape).toEqual(parts);
  const want = interpret(graph, inputs).get(graph.outputs[0]?.value.id ?? -1);
  for (const device of [cpuDevice, await asGpuDevice()]) {
    const { outputs } = await runPlan(device, graph, plan, inputs, 1);
    const data = outputs[0]?.[0];
    if (!want || !data) throw new Error("the sum is missing");
    expectClose({ ...want, data }, want, sumOf(10_240), device.backend);
  }
});

test("short sums, those of rows, and axes apart or kept stay whole", () => {
  const stays = (shape: readonly number[], axes: Axes, keepDims = false): void => {
    const graph = graphOf([uniform()(shape, 1)], (x) => [x.sum(axes, keepDims)]);
    expect(splitTotals(graph, plainGpu).nodes.map(({ op }) => op.name)).toEqual(["sum"]);
  };
  stays([8191], undefined);
  stays([3, 8192], 1);
  stays([8192], 0, true);
  stays([4095, 255], 0);
  stays([511, 256], 0);
  stays([8209], undefined);
  stays([128, 3, 64], [0, 2]);
  const graph = graphOf([uniform()([8192], 1)], (x) => [x.sum()]);
  expect(splitTotals(graph, plainSoftware)).toBe(graph);
});

test("column sums that a product makes beside its own are not cut away from it", () => {
  const inputs = [uniform()([8209, 4], 1), uniform()([8209, 3], 2)];
  const graph = graphOf(inputs, (x, g) => [x.transpose().matmul(g), g.sum(0)]);
  expect(lower(graph, plainGpu).dispatches.map(({ node }) => formatOps(node))).toEqual(["matmul·sum"]);
});
