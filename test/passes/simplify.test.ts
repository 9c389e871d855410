import { expect, test } from "vitest";
import type { HostTensor } from "../../src/core/host_tensor.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { checkGraph } from "../../src/graph/check.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import { dropDeadCode } from "../../src/passes/dead_code.ts";
import { simplify } from "../../src/passes/simplify.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";

const graphOf = (f: (x: Tensor) => Tensor, shape: readonly number[]): Graph =>
  trace(f, [{ name: "x", specs: spec(shape) }]).graph;

const simple = (graph: Graph): Graph => checkGraph(dropDeadCode(simplify(graph)), "simplify");

const resultOf = (graph: Graph, x: HostTensor): number[] => {
  const [output] = graph.outputs;
  return Array.from((output && interpret(graph, [x]).get(output.value.id)?.data) ?? []);
};

const opsOf = (graph: Graph): string[] => graph.nodes.map(({ op }) => op.name);

test.each<[string, (x: Tensor) => Tensor, string[]]>([
  ["a transpose is absorbed by the product that reads it", (x) => x.transpose().matmul(x), ["matmul"]],
  ["both transposes are absorbed", (x) => x.transpose().matmul(x.transpose()), ["matmul"]],
  ["x·1, x/1 and −(−x) are x", (x) => x.mul(1).div(1).neg().neg().exp(), ["exp"]],
  ["c·(x·d) is one product", (x) => x.mul(3).mul(0.5), ["constant", "mul"]],
  ["equal ops of equal inputs are one node", (x) => x.exp().add(x.exp()), ["exp", "add"]],
  ["reshape of reshape is one, and none where nothing changes", (x) => x.reshape([4]).reshape([2, 2]), []],
  ["a broadcast before a map is dropped", (x) => x.sum().broadcastTo([2, 2]).mul(x), ["sum", "mul"]],
  [
    "ops of constants are constants",
    (x) => x.mul(x.sum().mul(0).add(1)),
    ["sum", "constant", "mul", "constant", "add", "mul"],
  ],
  ["what no output needs is dropped", (x) => (x.exp(), x.neg()), ["neg"]],
])("%s", (_, f, ops) => {
  const graph = graphOf(f, [2, 2]);
  const x = tensor([[1, -2], [3, 0.5]]); // prettier-ignore
  expect(opsOf(simple(graph))).toEqual(ops);
  expect(resultOf(simple(graph), x)).toEqual(resultOf(graph, x));
});

test("NaN, both infinities and both zeros are five different constants", () => {
  const graph = graphOf(
    (x) =>
      x
        .greater(0)
        .where(x.mul(0).add(Infinity), x.mul(0).add(-Infinity))
        .add(x.greater(5).where(NaN, 0))
        .add(x.mul(0).add(1).div(-0)),
    [2],
  );
  const x = tensor([1, -1]);
  expect(resultOf(simple(graph), x)).toEqual(resultOf(graph, x));
  const zeros = graphOf((x) => x.div(0).mul(x.div(-0)), [1]);
  expect(resultOf(simple(zeros), tensor([2]))).toEqual([-Infinity]);
  const infinities = graphOf((x) => x.add(Infinity).mul(x.add(-Infinity)), [1]);
  expect(resultOf(simple(infinities), tensor([2]))).toEqual([-Infinity]);
});

test("factors do not meet where their product leaves f32", () => {
  for (const [c, x] of [
    [1e30, 1e-30],
    [1e-30, 1e30],
  ] as const) {
    const graph = graphOf((x) => x.mul(c).mul(c), [1]);
    expect(resultOf(simple(graph), tensor([x]))).toEqual(resultOf(graph, tensor([x])));
  }
});

test("a reshape of one element to a smaller rank stays before a broadcast", () => {
  const graph = graphOf((x) => x.reshape([]).broadcastTo([2]), [1, 1, 1]);
  expect(resultOf(simple(graph), tensor([[[7]]]))).toEqual([7, 7]);
});
