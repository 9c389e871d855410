// Elementwise expressions of more tensors than a kernel binds: how they are cut into kernels, and what they give.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { checkBindings, checkContents } from "../plan/check_plan.ts";
import { runPlan } from "../plan/run_plan.ts";
import { webGpuDevice } from "../support/device.ts";
import { plainGpu } from "../support/profiles.ts";
import { uniform } from "../support/values.ts";

/** A tree of products and sums: a leaf is a tensor of its own. */
type Tree = null | readonly [Tree, Tree];

const leavesOf = (tree: Tree): number => (tree ? leavesOf(tree[0]) + leavesOf(tree[1]) : 1);

function expressionOf(tree: Tree, leaves: Tensor[]): Tensor {
  if (tree) {
    const [x, y] = [expressionOf(tree[0], leaves), expressionOf(tree[1], leaves)];
    return leaves.length % 2 ? x.add(y) : x.mul(y.tanh());
  }
  const leaf = leaves.pop();
  if (!leaf) throw new Error("a leaf without a tensor");
  return leaf;
}

function planOf(tree: Tree, storageBuffers: number): { plan: Plan; graph: Plan["graph"] } {
  const args = Array.from({ length: leavesOf(tree) }, (_, i) => ({ name: `x${i}`, specs: spec([5]) }));
  const { graph } = trace((...leaves: Tensor[]) => expressionOf(tree, leaves), args);
  const limits = { ...plainGpu.limits, maxStorageBuffersPerShaderStage: storageBuffers };
  const plan = lower(graph, { ...plainGpu, limits });
  checkBindings(plan);
  checkContents(plan);
  return { plan, graph };
}

const intermediates = ({ dispatches }: Plan): number =>
  dispatches.reduce((sum, { writes }) => sum + writes.length, 0) - 1;

/**
 * The fewest values that must be stored on the way, tried exhaustively: for each number of inputs that the kernel at the
 * root may read, and both ways at each child.
 */
function fewest(tree: Tree, storageBuffers: number): number {
  const most = storageBuffers - 1;
  const cutsOf = (node: Tree): Map<number, number> => {
    if (!node) return new Map([[1, 0]]);
    const sides = node.map((child) => {
      const own = cutsOf(child);
      // Cut off, a child is one input more, and one value on the way.
      const cut = child ? 1 + Math.min(...own.values()) : Infinity;
      return new Map(own).set(1, Math.min(own.get(1) ?? Infinity, cut));
    });
    const found = new Map<number, number>();
    for (const [p, cutsP] of sides[0] ?? [])
      for (const [q, cutsQ] of sides[1] ?? [])
        if (p + q <= most) found.set(p + q, Math.min(found.get(p + q) ?? Infinity, cutsP + cutsQ));
    return found;
  };
  return Math.min(...cutsOf(tree).values());
}

const trees = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 6, depthSize: "large" }, fc.constant(null), fc.tuple(tie("tree"), tie("tree"))),
})).tree;

const chain = (leaves: number): Tree =>
  Array.from({ length: leaves - 1 }).reduce<Tree>((tree) => [tree, null], null);
const halves = (leaves: number): Tree =>
  leaves === 1 ? null : [halves(Math.ceil(leaves / 2)), halves(Math.floor(leaves / 2))];

describe.each([4, 8])("with %i storage buffers", (storageBuffers) => {
  test.each([
    ["a chain of 20", chain(20)],
    ["a balanced tree of 20", halves(20)],
    ["a chain of what one kernel holds", chain(storageBuffers - 1)],
    ["one more", chain(storageBuffers)],
  ])("%s makes as few intermediate values as can be", (_, tree) => {
    expect(intermediates(planOf(tree, storageBuffers).plan)).toBe(fewest(tree, storageBuffers));
  });

  test("any tree does", () => {
    fc.assert(
      fc.property(trees, (tree) => {
        if (tree) expect(intermediates(planOf(tree, storageBuffers).plan)).toBe(fewest(tree, storageBuffers));
      }),
    );
  });

  test("the parts give what the whole does", async () => {
    const tree: Tree = [chain(9), halves(11)];
    const { plan, graph } = planOf(tree, storageBuffers);
    const data = graph.inputs.map(({ value }, i) => uniform(-1, 1)(value.shape, i + 1));
    const want = graph.outputs.map(({ value }) => interpret(graph, data).get(value.id)?.data);
    const { outputs } = await runPlan(await webGpuDevice(), graph, plan, data, 1);
    // Twenty operations on numbers below ten, each right to a few units in the last place.
    want[0]?.forEach((y: number, i: number) =>
      expect(Math.abs((outputs[0]?.[0]?.[i] ?? NaN) - y)).toBeLessThan(20 * 10 * 4 * 2 ** -23),
    );
  });
});
