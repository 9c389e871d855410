// How many storage buffers a fused kernel counts on: cases that random graphs meet once in a thousand.

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { formatOps } from "../../src/graph/print.ts";
import { defaultLimits, type Profile } from "../../src/graph/profile.ts";
import { record } from "../../src/trace/functional.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace, traceStep, type InputSpec } from "../../src/trace/trace.ts";
import { checkBindings, checkContents } from "../plan/check_plan.ts";

const profile = (storageBuffers: number): Profile => ({
  kind: "gpu",
  name: "test",
  subgroups: false,
  limits: { ...defaultLimits, maxStorageBuffersPerShaderStage: storageBuffers },
});

type Tensors = Record<string, Tensor>;
type Step = (state: Tensors, inputs: Tensors) => [Tensors, Tensor[]];
const matrix = spec([2, 3]);
const scalar = spec([]);
const rows = spec([2], "u32");

const cases: readonly (readonly [string, Record<string, InputSpec>, Record<string, InputSpec>, Step])[] = [
  [
    "a matrix times its own transpose is bound twice",
    {},
    { x: matrix, y: scalar },
    (_, { x, y }) => {
      const product = x && y ? x.matmul(x.transpose()) : undefined;
      return [{}, product && y ? [product, product.add(y)] : []];
    },
  ],
  [
    "rows of a matrix times that matrix",
    {},
    { x: spec([3, 3]), i: rows, y: scalar },
    (_, { x, i, y }) => {
      const product = x && i ? x.gather(i).matmul(x) : undefined;
      return [{}, product && y ? [product, product.add(y)] : []];
    },
  ],
  [
    "rows of three matrices in one op",
    {},
    { x: matrix, y: matrix, z: matrix, i: rows, j: rows, k: rows },
    (_, { x, y, z, i, j, k }) =>
      x && y && z && i && j && k ? [{}, [x.gather(i).greater(0).where(y.gather(j), z.gather(k))]] : [{}, []],
  ],
  [
    "rows of rows of rows",
    {},
    { x: matrix, i: rows, j: rows, k: rows },
    (_, { x, i, j, k }) => [{}, x && i && j && k ? [x.gather(i).gather(j).gather(k).add(1)] : []],
  ],
  [
    "one value for two states, in a kernel that writes a ring",
    { a: scalar, b: scalar, ring: spec([3, 1]), step: spec([], "u32") },
    { x: scalar },
    ({ a, b, ring, step }, { x }) => {
      if (!a || !b || !ring || !step || !x) return [{}, []];
      const next = a.add(x);
      return [{ a: next, b: next, ...record(ring, step, [next.add(b)]) }, [next]];
    },
  ],
  [
    "a state that is needed after its new value is made, which so takes a buffer more",
    { a: matrix },
    { x: matrix, z: matrix },
    ({ a }, { x, z }) => {
      if (!a || !x || !z) return [{}, []];
      const next = a.add(x);
      return [{ a: next }, [next.mul(z), a.mul(next.sum())]];
    },
  ],
  [
    "each state from both, in kernels that could be one",
    { a: matrix, b: matrix },
    { x: matrix, y: matrix },
    ({ a, b }, { x, y }) => {
      if (!a || !b || !x || !y) return [{}, []];
      const sum = a.mul(x).add(b.mul(y));
      return [{ a: sum.sub(b), b: sum.mul(a) }, [sum]];
    },
  ],
];

test.each(cases)("%s", (_, state, inputs, step) => {
  const traced = traceStep(step, state, [{ name: "", specs: inputs }]);
  for (let most = 4; most <= 12; most++) {
    const plan = lower(traced.graph, profile(most));
    checkBindings(plan);
    checkContents(plan);
  }
});

test("with buffers to spare, a product and what follows it are one kernel", () => {
  const traced = traceStep(
    (_: Tensors, { x, w, b }: { x: Tensor; w: Tensor; b: Tensor }) =>
      [{}, x.matmul(w).add(b).sigmoid()] as const,
    {},
    [{ name: "", specs: { x: matrix, w: spec([3, 3]), b: spec([3]) } }],
  );
  expect(lower(traced.graph, profile(4)).dispatches).toHaveLength(1);
  expect(lower(traced.graph, profile(3)).dispatches).toHaveLength(2);
});

test("of a sum of products each is added to those before, and none waits for the last", () => {
  const { graph } = trace(
    (x: Tensor, ...ws: Tensor[]) =>
      ws.slice(1).reduce((sum, w) => sum.add(x.matmul(w)), x.matmul(ws[0] ?? x)),
    Array.from({ length: 5 }, (_, i) => ({ name: `x${i}`, specs: spec([3, 3]) })),
  );
  const plan = lower(graph, profile(8));
  expect(plan.dispatches.map(({ node }) => formatOps(node))).toEqual([
    "matmul",
    "matmul·add",
    "matmul·add",
    "matmul·add",
  ]);
  expect(plan.buffers.filter(({ role }) => role === "temporary")).toHaveLength(1);
});
