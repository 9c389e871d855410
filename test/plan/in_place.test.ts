// Which temporaries are written over others, and what that saves: plans alone, no device.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { allocate } from "../../src/core/dtype.ts";
import type { HostTensor } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import { interpret, runNode, type Environment } from "../../src/oracle/interpret.ts";
import type { Node, Value } from "../../src/graph/op.ts";
import { formatOps } from "../../src/graph/print.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { printPlan } from "../../src/plan/print.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { plainGpu } from "../support/profiles.ts";
import { checkBindings, checkContents } from "./check_plan.ts";
import { dataFor, graphOf, recipes } from "./random_graph.ts";

const X = spec([8, 8]);
const BYTES = 4 * 64;

/** The plan of f(x, y) for matrices of 8×8, every op a kernel of its own. */
function planOf(f: (x: Tensor, y: Tensor) => Tensor | Tensor[], share = true): Plan {
  const { graph } = trace(
    (x: Tensor, y: Tensor) => f(x, y),
    [
      { name: "x", specs: X },
      { name: "y", specs: X },
    ],
  );
  const plan = lower(graph, plainGpu, { fused: false, share });
  checkContents(plan);
  checkBindings(plan);
  return plan;
}

/** `sigmoid over matmul`: which op's result is written over which one's. */
const pairs = ({ inPlace, dispatches, graph }: Plan): string[] => {
  const maker = ({ id }: Pick<Value, "id">): string =>
    graph.nodes.find(({ outputs }) => outputs.some((value) => value.id === id))?.op.name ?? "input";
  return dispatches.flatMap(({ writes }) =>
    writes.flatMap((value) => {
      const source = inPlace.get(value.id);
      return source ? [`${maker(value)} over ${maker(source)}`] : [];
    }),
  );
};

describe("a chain of maps lies in one buffer", () => {
  const chain = (x: Tensor, y: Tensor): Tensor => x.matmul(y).tanh().exp().sigmoid().square();

  test("and takes the bytes of one value", () => {
    const plan = planOf(chain);
    expect(pairs(plan)).toEqual([
      "tanh over matmul",
      "exp over tanh",
      "sigmoid over exp",
      "square over sigmoid",
    ]);
    expect(plan.memory).toMatchObject({ temporaries: BYTES, unplanned: 5 * BYTES });
  });

  test("but for parity each value has its own", () => {
    const plan = planOf(chain, false);
    expect(plan.inPlace.size).toBe(0);
    expect(plan.memory).toMatchObject({ temporaries: 5 * BYTES, unplanned: 5 * BYTES });
  });

  test("which the printed plan says", () => {
    expect(printPlan(planOf((x, y) => x.matmul(y).tanh()))).toMatch(
      /tanh +elementwise +1 +%0 +%1: f32\[8,8\] in t0 over %0$/m,
    );
  });
});

const cases: readonly (readonly [string, (x: Tensor, y: Tensor) => Tensor | Tensor[], string[], number])[] = [
  ["one of two operands that die", (x, y) => x.matmul(y).sub(y.matmul(x)), ["sub over matmul"], 2],
  [
    "a value under another shape",
    (x, y) => x.matmul(y).reshape([64]).tanh().reshape([4, 16]).exp(),
    ["tanh over reshape", "exp over reshape"],
    1,
  ],
  [
    "none that is read under two shapes",
    (x, y) => { const p = x.matmul(y); return p.add(p.reshape([1, 8, 8])); },
    [],
    2,
  ], // prettier-ignore
  ["no value that is read again", (x, y) => { const p = x.matmul(y); return p.exp().matmul(p); }, [], 3], // prettier-ignore
  ["no value that is returned", (x, y) => { const p = x.matmul(y); return [p, p.exp()]; }, [], 2], // prettier-ignore
  ["no value that is read elsewhere too", (x, y) => x.matmul(y).transpose().matmul(x), [], 2],
  ["no transposed one", (x, y) => x.matmul(y).transpose(), [], 2],
  ["no argument", (x, y) => x.add(y), [], 1],
  ["none of another type", (x, y) => x.matmul(y).cast("u32"), [], 2],
  ["none that is broadcast", (x, y) => x.sum(0).add(x.matmul(y)), ["add over matmul"], 2],
  ["none under a softmax, which reads whole rows", (x, y) => x.matmul(y).softmax(), [], 2],
];

test.each(cases)("%s", (_, f, expected, values) => {
  const plan = planOf(f);
  expect(pairs(plan)).toEqual(expected);
  expect(plan.buffers.filter(({ role }) => role === "temporary").length).toBeLessThanOrEqual(values);
});

test("what a reduction loads stays where it is, even where its result has the same shape", () => {
  const rest = (p: Tensor): Tensor => p.sub(p.max(0, true)).exp().max(1, true);
  const { graph } = trace(
    (x: Tensor, y: Tensor) => rest(x.matmul(y)),
    [
      { name: "x", specs: X },
      { name: "y", specs: spec([8, 1]) },
    ],
  );
  const plan = lower(graph, plainGpu);
  expect(plan.dispatches.map(({ node }) => formatOps(node))).toEqual(["matmul", "max", "sub·exp·max"]);
  expect(plan.inPlace.size).toBe(0);
});

/** What a node makes of the values it reads, by the references. */
function resultsOf(node: Node, given: Environment): Map<number, HostTensor> {
  const environment: Environment = new Map(given);
  runNode(node, environment, "f64");
  return new Map(
    node.outputs.flatMap(({ id }) => {
      const made = environment.get(id);
      return made ? [[id, made] as const] : [];
    }),
  );
}

test("an element that is overwritten changes no other element of what its kernel makes", () => {
  const seen = { pairs: 0 };
  const random = new Random(5);
  fc.assert(
    fc.property(recipes(), fc.boolean(), (recipe, fused) => {
      const graph = graphOf(recipe);
      const plan = lower(graph, plainGpu, { fused });
      const known = interpret(plan.graph, dataFor(graph), "f64");
      for (const { node, writes } of plan.dispatches)
        for (const value of writes) {
          const source = plan.inPlace.get(value.id);
          const data = source && known.get(source.id);
          if (!source || !data) continue;
          seen.pairs++;
          const given: Environment = new Map(known);
          const before = resultsOf(node, given);
          const element = random.integer(data.data.length);
          const changed = allocate(data.dtype, data.data.length);
          changed.set(data.data);
          changed[element] = (changed[element] ?? 0) + 0.125;
          given.set(source.id, { ...data, data: changed });
          for (const [id, { data: after }] of resultsOf(node, given)) {
            const old = before.get(id)?.data;
            const others = after.findIndex(
              (x: number, i: number) => i !== element && !Object.is(x, old?.[i]),
            );
            expect(others, printPlan(plan)).toBe(-1);
          }
        }
    }),
    { numRuns: Number(import.meta.env["VITE_PROPERTY_RUNS"] ?? 300) },
  );
  expect(seen.pairs).toBeGreaterThan(100);
});
