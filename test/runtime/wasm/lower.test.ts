// What is kept in memory between the steps of a node, and what is computed as it is read.

import { expect, test } from "vitest";
import { lower } from "../../../src/compile.ts";
import { cpuProfile } from "../../../src/graph/profile.ts";
import { lowerNode } from "../../../src/runtime/wasm/lower.ts";
import { Scratch } from "../../../src/runtime/wasm/scratch.ts";
import type { Tensor } from "../../../src/trace/tensor.ts";
import { spec, trace } from "../../../src/trace/trace.ts";

const [ROWS, COLUMNS] = [8, 12];
/** Bytes of a matrix, and of a value for each of its rows. */
const MATRIX = 4 * ROWS * COLUMNS;
const COLUMN = 4 * ROWS;

/** Steps, and bytes of scratch memory, of a function of a matrix. */
function lowered(f: (x: Tensor) => Tensor | Tensor[]): { readonly steps: number; readonly scratch: number } {
  const { graph } = trace((x: Tensor) => f(x), [{ name: "x", specs: spec([ROWS, COLUMNS]) }]);
  const plan = lower(graph, cpuProfile);
  const scratch = new Scratch();
  const steps = plan.dispatches.flatMap(({ node }) => lowerNode(node, plan, scratch));
  return { steps: steps.length, scratch: scratch.size };
}

test("softmax keeps its powers where it sums them, so that none is computed twice", () => {
  expect(lowered((x) => x.softmax())).toEqual({ steps: 3, scratch: 2 * COLUMN + MATRIX });
});

test("what is read once, or is cheap, is computed as it is read", () => {
  expect(lowered((x) => x.exp().sum(1))).toEqual({ steps: 1, scratch: 0 });
  expect(lowered((x) => x.sub(x.mean(1, true)).div(x.sub(x.mean(1, true)).square().sum(1, true)))).toEqual({
    steps: 3,
    scratch: 2 * COLUMN,
  });
});

test("what is an output as well is written by the reduction", () => {
  const f = (x: Tensor): Tensor[] => {
    const power = x.exp();
    return [power, power.sum(1)];
  };
  expect(lowered(f)).toEqual({ steps: 1, scratch: 0 });
});
