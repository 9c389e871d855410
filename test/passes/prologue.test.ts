// Products that compute their sides while they load them: which do, and that the results are the same.

import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { hostTensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import { formatOps } from "../../src/graph/print.ts";
import type { Profile } from "../../src/graph/profile.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace, type InputSpec } from "../../src/trace/trace.ts";
import { expectClose, sumOf } from "../support/close.ts";
import { webGpuDevice } from "../support/device.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { indices, uniform } from "../support/values.ts";
import { checkBindings, checkContents } from "../plan/check_plan.ts";
import { runPlan } from "../plan/run_plan.ts";

type Tensors = Readonly<Record<string, Tensor>>;

interface Case {
  readonly title: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly f: (x: Tensors) => readonly Tensor[];
  readonly kernels: readonly string[];
  readonly profile?: Profile;
}

const given = (x: Tensors, name: string): Tensor => {
  const found = x[name];
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};

/** In vectors of four through workgroup memory. */
const large = { a: spec([128, 16]), b: spec([16, 128]) };
/** One by one. */
const ragged = { a: spec([130, 18]), b: spec([18, 121]) };

const cases: readonly Case[] = [
  {
    title: "a scaled side, whose gradient reads it too",
    inputs: { x: spec([9, 7]), w: spec([7, 5]) },
    f: (x) => {
      const scaled = given(x, "x").mul(0.25).sub(1);
      const y = scaled.matmul(given(x, "w")).sigmoid();
      return [y, scaled.transpose().matmul(y)];
    },
    kernels: ["mul·sub·matmul·sigmoid", "mul·sub·matmul"],
  },
  {
    title: "masked weights, and a bias for every row",
    inputs: { x: spec([9, 7]), w: spec([7, 5]), mask: spec([7, 5]), shift: spec([7, 1]) },
    f: (x) => [given(x, "x").matmul(given(x, "w").mul(given(x, "mask")).add(given(x, "shift")))],
    kernels: ["mul·add·matmul"],
  },
  {
    title: "any map, where each element is loaded once",
    inputs: { x: spec([3, 7]), w: spec([7, 5]) },
    f: (x) => [given(x, "x").tanh().matmul(given(x, "w").exp())],
    kernels: ["tanh·exp·matmul"],
  },
  {
    title: "both sides of one tensor, and sums of its columns",
    inputs: { x: spec([9, 7]), g: spec([9, 5]), by: spec([]) },
    f: (x) => {
      const g = given(x, "g").mul(given(x, "by"));
      return [given(x, "x").abs().transpose().matmul(g), g.sum(0)];
    },
    kernels: ["mul·abs·matmul·sum"],
  },
  {
    title: "picked rows, less what their columns have",
    inputs: { x: spec([11, 7]), rows: spec([9], "u32"), mean: spec([7]), w: spec([7, 5]) },
    f: (x) => {
      const batch = given(x, "x").gather(given(x, "rows")).sub(given(x, "mean"));
      const y = batch.matmul(given(x, "w"));
      return [y, batch.transpose().matmul(y)];
    },
    kernels: ["gather·sub·matmul", "gather·sub·matmul"],
  },
  {
    title: "picked rows of bytes, scaled and shifted",
    inputs: { x: spec([11, 8], "u8"), rows: spec([9], "u32"), w: spec([8, 5]) },
    f: (x) => [given(x, "x").gather(given(x, "rows")).mul(1 / 255).sub(0.5).matmul(given(x, "w"))], // prettier-ignore
    kernels: ["gather·sub·matmul"],
  },
  {
    title: "picked rows, of which only some maps are cheap enough to repeat",
    inputs: { x: spec([11, 7]), rows: spec([9], "u32"), w: spec([7, 5]) },
    f: (x) => {
      const batch = given(x, "x").gather(given(x, "rows"));
      const bounded = batch.tanh();
      return [batch.sub(bounded).matmul(given(x, "w")), bounded.exp()];
    },
    kernels: ["gather·tanh·exp·sub", "matmul"],
  },
  {
    title: "a batch of matrices",
    inputs: { x: spec([2, 5, 6]), w: spec([2, 6, 3]) },
    f: (x) => [given(x, "x").neg().matmul(given(x, "w").relu())],
    kernels: ["neg·relu·matmul"],
  },
  {
    title: "both sides in vectors, through workgroup memory",
    inputs: large,
    f: (x) => [given(x, "a").mul(2).matmul(given(x, "b").abs())],
    kernels: ["mul·abs·matmul"],
    profile: plainGpu,
  },
  {
    title: "both sides one by one, through workgroup memory",
    inputs: ragged,
    f: (x) => [given(x, "a").mul(2).matmul(given(x, "b").abs())],
    kernels: ["mul·abs·matmul"],
    profile: plainGpu,
  },
];

function planOf({ inputs, f }: Pick<Case, "inputs" | "f">, profile: Profile) {
  const { graph } = trace((x: Tensors) => f(x), [{ name: "x", specs: inputs }]);
  const plan = lower(graph, profile);
  checkBindings(plan);
  checkContents(plan);
  return { graph, plan };
}

const dataFor = (inputs: Case["inputs"]): HostTensor[] =>
  Object.values(inputs).map(({ shape, dtype }, i) => {
    if (dtype === "u32") return indices(11)(shape, i + 1);
    if (dtype === "f32") return uniform(-1, 1)(shape, i + 1);
    return hostTensor(Uint8Array.from({ length: 88 }, (_, at) => (at * 37) % 256), shape); // prettier-ignore
  });

test.each(cases)("$title: no kernel before the product", (one) => {
  for (const profile of [plainSoftware, plainGpu]) {
    if (one.profile && profile !== one.profile) continue;
    const { plan } = planOf(one, profile);
    expect(plan.dispatches.map(({ node }) => sorted(formatOps(node)))).toEqual(one.kernels.map(sorted));
  }
});
const sorted = (ops: string): string => ops.split("·").sort().join("·");

test.each(cases)("$title: the oracle's values", async (one) => {
  const device = await webGpuDevice();
  const { graph, plan } = planOf(one, one.profile ?? device.profile);
  const data = dataFor(one.inputs);
  const oracle = interpret(graph, data);
  const { outputs } = await runPlan(device, graph, plan, data, 1);
  graph.outputs.forEach(({ value }, i) => {
    const want = oracle.get(value.id);
    const got = outputs[0]?.[i];
    if (!want || !got) throw new Error(`there is no result ${i}`);
    // Up to 18 products of numbers up to 3, and once again of 9 such sums.
    expectClose(hostTensor(Float32Array.from(got), value.shape), want, sumOf(18, 60));
  });
});

describe("a kernel before the product", () => {
  const wide = { x: spec([32, 16]), w: spec([16, 512]), v: spec([16, 8]) };
  const kernelsOf = (f: Case["f"], inputs: Case["inputs"] = wide): string[] =>
    planOf({ inputs, f }, plainGpu).plan.dispatches.map(({ node }) => formatOps(node));

  test.each<[string, Case["f"], readonly string[]]>([
    ["for a map that many tiles would compute again", (x) => [given(x, "x").exp().matmul(given(x, "w"))], ["exp", "matmul"]], // prettier-ignore
    ["not if they are few", (x) => [given(x, "x").exp().matmul(given(x, "v"))], ["exp·matmul"]],
    ["not if the map is cheap", (x) => [given(x, "x").neg().matmul(given(x, "v"))], ["neg·matmul"]],
    ["for a value that is returned", (x) => { const y = given(x, "x").neg(); return [y, y.matmul(given(x, "v"))]; }, ["neg", "matmul"]], // prettier-ignore
    ["for a value that others read", (x) => { const y = given(x, "x").neg(); return [y.sum(), y.matmul(given(x, "v"))]; }, ["neg·sum", "neg·matmul"]], // prettier-ignore
    ["for one without a tensor to bind", (x) => [given(x, "x").sum().mul(2).broadcastTo([32, 16]).matmul(given(x, "v"))], ["sum·mul·broadcast", "matmul"]], // prettier-ignore
  ])("%s", (_, f, kernels) => {
    expect(kernelsOf(f)).toEqual(kernels);
  });
});
