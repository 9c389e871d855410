// Part A: a chain of composite functions x^{i+1} = f_i(x^i, w^i), and what the backward pass keeps and reuses.

import { describe, expect, test } from "vitest";
import { compile, lower } from "../../src/compile.ts";
import { tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import { defaultLimits, type Profile } from "../../src/graph/profile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import type { Node } from "../../src/graph/op.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { grad, valueAndGrad } from "../../src/trace/transform.ts";
import { absolute, expectClose } from "../support/close.ts";
import { BOUND, devices } from "./example.ts";

type F = (x: Tensor, w: Tensor) => Tensor;
/** x is (2,3) and w is (3,3) at every layer. */
const layers: Record<string, F> = {
  dense: (x, w) => x.matmul(w).sigmoid(),
  shifted: (x, w) => x.add(w.sum(0)).tanh(),
  scaled: (x, w) => x.mul(w.mul(w).sum(1).add(0.5)),
  softmax: (x, w) => x.sub(w.gather(rowsOf(w)).mul(0.5)).softmax(),
  quotient: (x, w) => x.div(w.square().sum().add(1)).exp(),
  twice: (x, w) => x.matmul(w).tanh().add(x),
};
/** Rows 0 and 0, as a traced constant. */
const rowsOf = (w: Tensor): Tensor => w.sum(1).mul(0).cast("u32").reshape([3]).gather(zeroRows(w));
const zeroRows = (w: Tensor): Tensor => w.sum().mul(0).cast("u32").broadcastTo([2]);

const chains: readonly (readonly (keyof typeof layers)[])[] = [
  ["dense"],
  ["dense", "softmax"],
  ["shifted", "scaled", "dense"],
  ["quotient", "dense", "dense", "twice"],
  ["dense", "softmax", "scaled", "twice", "shifted"],
  ["dense", "dense", "shifted", "softmax", "twice", "quotient"],
];

const run = (names: readonly string[], x: Tensor, ws: readonly Tensor[]): Tensor =>
  names.reduce((y, name, i) => {
    const w = ws[i];
    const f = layers[name];
    if (!w || !f) throw new Error(`no layer ${name}`);
    return f(y, w);
  }, x);
const loss = (y: Tensor): Tensor => y.square().sum().mul(0.5);

const random = new Random(5);
const filled = (...shape: number[]): HostTensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((p, n) => p * n, 1) }, () => (random.integer(33) - 16) / 16),
    shape,
  );

/** Central differences of the graph's first output by each element of input `at`, in f64. */
function differences(graph: Graph, inputs: readonly HostTensor[], at: number): number[] {
  const h = 1e-5;
  const value = (element: number, by: number): number => {
    const moved = inputs.map(({ data, shape }, i) => {
      const copy = Float64Array.from(data);
      if (i === at) copy[element] = (copy[element] ?? 0) + by;
      return { data: copy, shape, dtype: "f64" } as const;
    });
    const [output] = graph.outputs;
    return (output && interpret(graph, moved, "f64").get(output.value.id)?.data[0]) ?? NaN;
  };
  const size = inputs[at]?.data.length ?? 0;
  return Array.from({ length: size }, (_, i) => (value(i, h) - value(i, -h)) / (2 * h));
}

test.each(chains.map((names) => [names.join(" → "), names] as const))(
  "both partials of each layer agree with central differences: %s",
  (_, names) => {
    const L = names.length;
    const ws = names.map(() => filled(3, 3));
    // The chain from layer i on, as a function of x^i and w^i … w^{L−1}: its gradients are what layer i is to give.
    for (let i = 0; i < L; i++) {
      const rest = names.slice(i);
      const inputs = [filled(2, 3), ...ws.slice(i)];
      const specs = inputs.map(({ shape }, n) => ({ name: `x${n}`, specs: spec(shape) }));
      const f = (x: Tensor, ...w: Tensor[]): Tensor => loss(run(rest, x, w));
      const { graph } = trace(f, specs);
      const byX = trace(grad(f), specs).graph;
      const byW = trace(grad(f, { argnum: 1 }), specs).graph;
      for (const [argument, gradient] of [byX, byW].entries()) {
        const doubles = inputs.map(({ data, shape }) => tensor(Float64Array.from(data), shape));
        const [output] = gradient.outputs;
        const found = output && interpret(gradient, doubles, "f64").get(output.value.id)?.data;
        for (const [element, wanted] of differences(graph, inputs, argument).entries())
          expect(found?.[element], `layer ${i}, argument ${argument}, element ${element}`).toBeCloseTo(
            wanted,
            7,
          );
      }
    }
  },
);

describe.each(devices)("on %s", (_, open) => {
  test("a chain of six layers gives the gradients that f64 gives", async () => {
    const names = chains.at(-1) ?? [];
    const inputs = [filled(2, 3), ...names.map(() => filled(3, 3))];
    const f = (ws: readonly Tensor[], x: Tensor): Tensor => loss(run(names, x, ws));
    const both = valueAndGrad(f);
    const weights = inputs.slice(1);
    const [x = filled(2, 3)] = inputs;
    const program = await compile(await open(), both, weights.map(() => spec([3, 3])), spec([2, 3])); // prettier-ignore
    program.run(weights, x);
    const [, got] = await program.read();
    program.dispose();
    const { graph } = trace(both, [
      { name: "w", specs: weights.map(() => spec([3, 3])) },
      { name: "x", specs: spec([2, 3]) },
    ]);
    const doubles = [...weights, x].map(({ data, shape }) => tensor(Float64Array.from(data), shape));
    const exact = interpret(graph, doubles, "f64");
    graph.outputs.slice(1).forEach(({ value }, i) => {
      const wanted = exact.get(value.id);
      const found = got[i];
      if (!wanted || !found) throw new Error(`no gradient of layer ${i}`);
      const scale = Math.max(1, ...wanted.data.map((y: number) => Math.abs(y)));
      expectClose(found, wanted, absolute(names.length * BOUND * scale), `layer ${i}`);
    });
  });
});

test("a value used twice gets the sum of its cotangents", () => {
  const gradient = trace(
    grad((x: Tensor) => x.mul(3).add(x.square()).add(x).sum()),
    [{ name: "x", specs: spec([3]) }],
  ).graph;
  const [output] = gradient.outputs;
  const environment = interpret(gradient, [tensor([1, -2, 0.5])]);
  expect(Array.from((output && environment.get(output.value.id)?.data) ?? [])).toEqual([6, 0, 5]);
});

describe("what is kept", () => {
  const profile = (kind: Profile["kind"]): Profile => ({
    kind,
    name: "test",
    subgroups: false,
    limits: defaultLimits,
  });
  /** L layers σ(x·w), and the loss and gradients that the caller asked for. */
  const chain = (L: number) => {
    const f = (ws: readonly Tensor[], x: Tensor): Tensor =>
      loss(run(Array.from({ length: L }, () => "dense"), x, ws)); // prettier-ignore
    return trace(valueAndGrad(f), [
      { name: "w", specs: Array.from({ length: L }, () => spec([3, 3])) },
      { name: "x", specs: spec([2, 3]) },
    ]).graph;
  };
  const bodies = (nodes: readonly Node[]): Node[] => nodes.flatMap((node) => node.body ?? [node]);

  test.each([1, 2, 3, 6])("no op of a chain of %i layers is computed twice", (L) => {
    for (const fused of [true, false]) {
      const plan = lower(chain(L), profile("gpu"), { fused });
      const computed = bodies(plan.dispatches.map(({ node }) => node)).filter(
        ({ op }) => op.name !== "constant",
      );
      const keys = computed.map(({ op, attrs, inputs }) =>
        JSON.stringify([op.name, attrs, inputs.map(({ id }) => id)]),
      );
      expect(new Set(keys).size).toBe(keys.length);
      // One product forward, two backward, but the first layer's input needs none.
      expect(computed.filter(({ op }) => op.name === "matmul")).toHaveLength(3 * L - 1);
      expect(computed.filter(({ op }) => op.name === "sigmoid")).toHaveLength(L);
    }
  });

  test.each([1, 2, 3, 6])("the residuals of a chain of %i layers are its activations", (L) => {
    const graph = chain(L);
    const activations = graph.nodes
      .filter(({ op, phase }) => op.name === "sigmoid" && phase === "forward")
      .map(({ outputs }) => outputs[0]?.id);
    expect(activations).toHaveLength(L);
    const { residuals } = lower(graph, profile("gpu"), { fused: false });
    expect(residuals).toEqual(new Set(activations));
  });

  test.each([2, 3, 6])("fused, a chain of %i layers stores each activation once", (L) => {
    const graph = chain(L);
    const plan = lower(graph, profile("gpu"));
    const activations = new Set(
      graph.nodes.filter(({ op }) => op.name === "sigmoid").map(({ outputs }) => outputs[0]?.id),
    );
    const stored = plan.dispatches
      .flatMap(({ writes }) => writes.map(({ id }) => id))
      .filter((id) => activations.has(id));
    expect(new Set(stored).size).toBe(stored.length);
    // All but the last, which only the loss's own kernel reads.
    expect(stored).toHaveLength(L - 1);
  });
});
