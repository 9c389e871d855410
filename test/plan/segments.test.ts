// Updates of parameters of several shapes in one kernel: which are, and what they give.

import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { formatOps } from "../../src/graph/print.ts";
import { adamW, sgd, type Optimizer } from "../../src/optim/index.ts";
import { zipTrees } from "../../src/optim/optimizer.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { hyper, spec, traceStep, type InputSpec } from "../../src/trace/trace.ts";
import { webGpuDevice } from "../support/device.ts";
import { plainGpu } from "../support/profiles.ts";
import { withSharedState } from "../support/shared_state.ts";
import { checkBindings, checkContents } from "./check_plan.ts";
import { dataFor } from "./random_graph.ts";
import { runOracle, runPlan } from "./run_plan.ts";

type Tensors = Record<string, Tensor>;
type State = Record<"params" | "slots" | "sums", Tensors>;
const shapes = { a: spec([70]), b: spec([3, 5]), c: spec([2]), d: spec([4, 4, 4]), e: spec([9]) };

/** Updates all parameters by sums of gradients that lie in the state, as the last of several batches does. */
function updateOf(optimizer: Optimizer): Graph {
  const like = (): Record<string, InputSpec> => ({ ...shapes });
  const slots = optimizer.name === "sgd" ? {} : { step: spec([]), first: like(), second: like() };
  const step = ({ params, slots, sums }: State, { rate }: { rate: Tensor }) => {
    const scaled = zipTrees({ sums }, ({ sums: sum }) => ({ gradients: sum.mul(0.5) }));
    return [{ ...optimizer.update({ params, slots, ...scaled, learningRate: rate }), sums }, []] as const;
  };
  const { graph } = traceStep(step, { params: like(), slots, sums: like() }, [
    { name: "", specs: { rate: hyper() } },
  ]);
  return graph;
}

function planOf(graph: Graph, storageBuffers: number): Plan {
  const limits = { ...plainGpu.limits, maxStorageBuffersPerShaderStage: storageBuffers };
  const plan = lower(graph, { ...plainGpu, limits });
  checkBindings(plan);
  checkContents(plan);
  return plan;
}

const rate = { learningRate: 0.25 };
/** Of one parameter each, as they are printed; that of the step's own numbers aside. */
const updatesIn = (plan: Plan): number[] =>
  plan.dispatches
    .map(({ writes }) => writes.filter(({ shape }) => shape.length > 0).length)
    .filter((n) => n > 0);

describe("parameters that a kernel updates", () => {
  test("each with a buffer of its own: as many as it binds, with their gradients", () => {
    // (8 − 1 rate) / 2 buffers; (12 − 1) / 2.
    expect(updatesIn(planOf(updateOf(sgd(rate)), 8))).toEqual([3, 2]);
    expect(updatesIn(planOf(updateOf(sgd(rate)), 12))).toEqual([5]);
  });

  test("in one buffer: all, with one function", () => {
    const plan = planOf(withSharedState(updateOf(adamW(rate))), 8);
    expect(updatesIn(plan)).toEqual([3 * Object.keys(shapes).length]);
    const { slots, bindings } = plan.dispatches.at(-1)?.kernel ?? {};
    expect(slots?.["library"]?.match(/fn maps\d/g)).toEqual(["fn maps0"]);
    expect(slots?.["store"]?.match(/maps0\(/g)).toHaveLength(Object.keys(shapes).length);
    // All that is updated, and three numbers of the step.
    expect(bindings?.length).toBe(4);
  });
});

test.each([
  ["sgd, apart", updateOf(sgd(rate))],
  ["adamW, in one buffer", withSharedState(updateOf(adamW(rate)))],
])("%s: as one by one", async (_, graph) => {
  const device = await webGpuDevice();
  // No second moment is negative.
  const data = dataFor(graph).map((tensor, i) =>
    graph.inputs[i]?.name.startsWith("slots.second")
      ? { ...tensor, data: tensor.data.map(Math.abs) }
      : tensor,
  );
  const want = runOracle(graph, data, 2);
  const got = await runPlan(device, graph, lower(graph, device.profile), data, 2);
  want.states.forEach((expected, i) =>
    expected.forEach((x: number, at: number) =>
      expect(Math.abs((got.states[i]?.[at] ?? NaN) - x), `state ${i}, ${at}`).toBeLessThan(2e-6),
    ),
  );
  expect(want.states.length).toBe(graph.inputs.length - 1);
});

test("none that reads what another replaces", () => {
  const step = ({ a, b }: { a: Tensor; b: Tensor }) => [{ a: a.mul(2), b: b.add(a) }, []] as const;
  const { graph } = traceStep(step, { a: spec([3]), b: spec([2, 3]) }, []);
  expect(planOf(graph, 8).dispatches.map(({ node }) => formatOps(node))).toEqual(["add", "mul"]);
});

test("none that waits for another gradient: what it reads would be kept for longer", () => {
  const step = ({ a, b }: { a: Tensor; b: Tensor }, { x }: { x: Tensor }) => {
    const first = x.matmul(x);
    return [{ a: a.sub(first.sum()), b: b.sub(first.matmul(x).sum(0)) }, []] as const;
  };
  const { graph } = traceStep(step, { a: spec([70]), b: spec([4]) }, [
    { name: "", specs: { x: spec([4, 4]) } },
  ]);
  expect(planOf(graph, 8).dispatches.map(({ node }) => formatOps(node))).toEqual([
    "matmul",
    "sum",
    "sub",
    "matmul",
    "sum·sub",
  ]);
});
