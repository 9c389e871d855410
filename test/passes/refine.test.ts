// Which kernel computes what, where several could.

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { formatOps } from "../../src/graph/print.ts";
import type { Profile } from "../../src/graph/profile.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { checkBindings, checkContents } from "../plan/check_plan.ts";
import { plainGpu } from "../support/profiles.ts";

/** The plan of `f` for matrices of 8×8. */
function planOf(f: (...x: Tensor[]) => Tensor | Tensor[], inputs: number, profile: Profile = plainGpu): Plan {
  const args = Array.from({ length: inputs }, (_, i) => ({ name: `x${i}`, specs: spec([8, 8]) }));
  const plan = lower(trace(f, args).graph, profile);
  checkBindings(plan);
  checkContents(plan);
  return plan;
}

const kernelsOf = (plan: Plan): string[] => plan.dispatches.map(({ node }) => formatOps(node));

test.each<[string, (x: Tensor, y: Tensor) => Tensor | Tensor[], string[]]>([
  ["where it is read, if that saves writing it", (x, y) => { const p = x.matmul(y); return [p, p.square().sum()]; }, ["matmul", "square·sum"]], // prettier-ignore
  ["where it is read, with the maps before it", (x, y) => { const p = x.matmul(y); return [p, p.exp().square().sum()]; }, ["matmul", "exp·square·sum"]], // prettier-ignore
  ["where it is made, if that saves writing what it is made of", (x, y) => x.matmul(y).exp().matmul(x), ["matmul·exp", "matmul"]], // prettier-ignore
  ["where it is made, if it is read twice", (x, y) => { const p = x.matmul(y).exp(); return [p.matmul(x), p.sum()]; }, ["matmul·exp", "matmul", "sum"]], // prettier-ignore
])("a map is computed %s", (_, f, kernels) => {
  expect(kernelsOf(planOf((x, y) => (x && y ? f(x, y) : []), 2))).toEqual(kernels);
});

test("rows of one tensor, and scalars, share a kernel though neither reads the other", () => {
  expect(kernelsOf(planOf((x) => (x ? [x.sum(1), x.max(1), x.square().mean(1)] : []), 1))).toEqual([
    "sum·max·square·sum·mul",
  ]);
  expect(kernelsOf(planOf((x) => (x ? [x.sum(), x.max(0), x.min()] : []), 1))).toEqual(["sum·min", "max"]);
  expect(kernelsOf(planOf((x, y) => (x && y ? [x.sum(1), y.max(1)] : []), 2))).toEqual(["sum", "max"]);
});

test("few long rows are reduced apart from the maps that store their elements", () => {
  const centered = (x: Tensor): Tensor => x.sub(x.mean());
  const args = (shape: readonly number[]) => [{ name: "x", specs: spec(shape) }];
  const kernels = (size: number) => kernelsOf(lower(trace(centered, args([size])).graph, plainGpu));
  expect(kernels(1000)).toEqual(["sum·mul·sub"]);
  // in two steps, each of parts
  expect(kernels(100_000)).toEqual(["sum", "sum·mul", "sub"]);
});
