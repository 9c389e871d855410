// Random graphs as recipes of small numbers, which fast-check shrinks. Every recipe gives a graph: a number picks among
// what fits. Constants are powers of two, so that reordering them changes no bit.

import fc from "fast-check";
import type { Shape } from "../../src/core/shape.ts";
import { hostTensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import { sameShape, sizeOf } from "../../src/core/shape.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { record, sgdUpdate } from "../../src/trace/functional.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, traceStep } from "../../src/trace/trace.ts";
import { withSharedState } from "../support/shared_state.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";

const SHAPES: readonly Shape[] = [[], [3], [2, 3], [3, 2], [3, 3], [1, 3], [2, 1], [2, 2, 3]];
const CONSTANTS = [1, 0.5, 2, -1, -0.25];

export interface Recipe {
  /** Which shapes the states and the other inputs have. */
  readonly states: readonly number[];
  readonly inputs: readonly number[];
  /** Which op, on which values, how. */
  readonly steps: readonly (readonly [op: number, a: number, b: number, how: number])[];
  /** Which values are returned. */
  readonly outputs: readonly number[];
  /** Which value replaces each state. */
  readonly updates: readonly number[];
  readonly records: boolean;
  /** Whether the states lie in one buffer. */
  readonly shares: boolean;
}

const pick = fc.nat(1000);

export const recipes = (steps = 12): fc.Arbitrary<Recipe> =>
  fc.record({
    states: fc.array(fc.nat(SHAPES.length - 1), { maxLength: 4 }),
    inputs: fc.array(fc.nat(SHAPES.length - 1), { minLength: 1, maxLength: 4 }),
    steps: fc.array(fc.tuple(pick, pick, pick, pick), { minLength: 1, maxLength: steps }),
    outputs: fc.array(pick, { minLength: 1, maxLength: 3 }),
    updates: fc.array(pick, { minLength: 4, maxLength: 4 }),
    records: fc.boolean(),
    shares: fc.boolean(),
  });

const choose = <T>(list: readonly T[], by: number): T => {
  const found = list[by % list.length];
  if (found === undefined) throw new Error("nothing to choose from");
  return found;
};

const broadcasts = (x: Shape, y: Shape): boolean =>
  x.every((dim, i) => {
    const other = y[i + y.length - x.length];
    return other === undefined || dim === 1 || other === 1 || dim === other;
  });

/** What an op may use besides its first operand. */
interface Scope {
  readonly pool: readonly Tensor[];
  readonly leaves: readonly Tensor[];
  readonly rows: Tensor;
  readonly rate: Tensor;
}

type Make = (x: Tensor, b: number, how: number, scope: Scope) => Tensor;

/** The pool from `b` on, until one fits. */
function partner(pool: readonly Tensor[], b: number, fits: (y: Tensor) => boolean): Tensor | undefined {
  return pool.map((_, i) => choose(pool, b + i)).find(fits);
}

const binary =
  (f: (x: Tensor, y: Tensor) => Tensor): Make =>
  (x, b, _, { pool }) =>
    f(x, partner(pool, b, (y) => broadcasts(x.shape, y.shape)) ?? x);

const product: Make = (x, b, how, { pool }) => {
  if (x.rank < 2) return x.mul(x);
  const left = how % 2 ? x.transpose() : x;
  const inner = left.shape.at(-1);
  const y = partner(pool, b, (y) => y.rank === 2 && y.shape.includes(inner ?? 0));
  if (!y) return left.tanh();
  return left.matmul(y.shape[0] === inner && (how % 3 || y.shape[1] !== inner) ? y : y.transpose());
};

/** Products of maps of an input, or of rows picked from it, which they may compute as they load. */
const mapped: Make = (x, b, how, scope) => {
  const leaf = partner(scope.leaves, b, ({ rank }) => rank === 2);
  if (!leaf) return x.neg();
  const rows = how % 2 && (leaf.shape[0] ?? 0) > 1 ? leaf.gather(scope.rows) : leaf;
  const left = choose(
    [rows.mul(0.5).abs(), rows.sub(rows.tanh()), rows.mul(scope.rate).relu(), rows.exp()],
    how,
  );
  const once = product(left, b, how, scope);
  return once.rank === 2 && once.shape[0] === left.shape[0] ? left.transpose().matmul(once) : once;
};

const reduced =
  (f: "sum" | "max" | "min"): Make =>
  (x, b, how) =>
    x.rank === 0 || how % 4 === 0 ? x[f]() : x[f](b % x.rank, how % 2 === 0);

const shaped: Make = (x, _, how) =>
  choose([x.reshape([x.size]), x.reshape([1, ...x.shape]), x.reshape([...x.shape].reverse())], how);

/** Conditions compare inputs: what is computed may differ in a bit between devices, and flip them. */
const conditional: Make = (x, b, how, { pool, leaves }) => {
  const y = partner(pool, b, (y) => broadcasts(x.shape, y.shape)) ?? x;
  const by = partner(leaves, how, (c) => broadcasts(c.shape, x.shape) && broadcasts(c.shape, y.shape));
  if (!by) return x;
  const z = x.add(y.mul(0));
  return broadcasts(by.shape, z.shape) ? by.greater(0.25).where(z, y) : z;
};

const MAKERS: readonly Make[] = [
  binary((x, y) => x.add(y)),
  binary((x, y) => x.sub(y)),
  binary((x, y) => x.mul(y.tanh())),
  binary((x, y) => x.div(y.square().add(1))),
  (x) => x.neg(),
  (x) => x.tanh(),
  (x) => x.sigmoid(),
  (x) => x.relu(),
  (x) => x.tanh().exp(),
  (x) => x.abs().add(1).log(),
  (x) => x.abs().add(0.5).sqrt(),
  (x, _, how) => x.mul(choose(CONSTANTS, how)),
  (x, _, how) => x.mul(2).mul(choose(CONSTANTS, how)).stopGradient(),
  (x, _, how) => x.add(choose(CONSTANTS, how)).div(1),
  product,
  product,
  mapped,
  mapped,
  reduced("sum"),
  reduced("sum"),
  reduced("max"),
  reduced("min"),
  (x, b) => (x.rank === 0 ? x.tanh() : x.softmax(b % x.rank)),
  (x, b) => (x.rank === 0 ? x.tanh() : x.logSoftmax(b % x.rank)),
  shaped,
  shaped,
  (x) => (x.rank < 2 ? x.neg() : x.transpose()),
  (x) => x.broadcastTo([2, ...(x.rank > 2 ? [] : [1]), ...x.shape].slice(x.rank > 2 ? 1 : 0)),
  (x, _, __, { rows }) => ((x.shape[0] ?? 0) < 2 ? x : x.gather(rows)),
  (x, _, __, { rows }) =>
    x.rank === 2 && x.shape[0] === rows.size && (x.shape[1] ?? 0) > 1 ? x.pick(rows) : x.square(),
  (x, _, __, { rows }) => (x.rank > 0 && x.shape.at(-1) === 3 ? x.sum().mul(rows.oneHot(3)) : x.tanh()),
  conditional,
  (x, b, _, { pool, rate }) => sgdUpdate(x, partner(pool, b, (y) => sameShape(x.shape, y.shape)) ?? x, rate),
  (x, b, _, { leaves }) => valueAndGrad((_: Tensor) => x.tanh().sum())(choose(leaves, b))[1],
];

/** Numbers that stay in range whatever happens to them. */
const tame = (x: Tensor): Tensor => (x.size > 64 ? x.sum() : x);

export function graphOf(recipe: Recipe): Graph {
  const shapeOf = (i: number): Shape => choose(SHAPES, i);
  const state: Record<string, ReturnType<typeof spec>> = Object.fromEntries(
    recipe.states.map((shape, i) => [`s${i}`, spec(shapeOf(shape), "f32", "state")]),
  );
  if (recipe.records) Object.assign(state, { ring: spec([3, 1]), step: spec([], "u32") });
  const given = {
    inputs: recipe.inputs.map((shape) => spec(shapeOf(shape))),
    rows: spec([2], "u32"),
    rate: spec([], "f32", "hyper"),
  };
  const body = (
    { ring, step, ...states }: Record<string, Tensor>,
    { inputs, rows, rate }: { inputs: Tensor[]; rows: Tensor; rate: Tensor },
  ): [Record<string, Tensor>, Tensor[]] => {
    const leaves = [...Object.values(states), ...inputs];
    const pool = [...leaves];
    const scope: Scope = { pool, leaves, rows, rate };
    for (const [op, a, b, how] of recipe.steps)
      pool.push(tame(choose(MAKERS, op)(choose(pool, pool.length - 1 - (a % pool.length)), b, how, scope)));
    const next = Object.fromEntries(
      Object.entries(states).map(([name, old], i) => {
        const from = recipe.updates[i] ?? 0;
        return [name, partner([...pool].reverse(), from, (y) => sameShape(y.shape, old.shape)) ?? old];
      }),
    );
    const metric = choose(pool, recipe.outputs[0] ?? 0).sum();
    const log = ring && step ? record(ring, step, [metric]) : {};
    return [
      { ...next, ...log },
      recipe.outputs.map((i) => choose(pool, pool.length - 1 - (i % pool.length))),
    ];
  };
  const { graph } = traceStep(body, state, [{ name: "", specs: given }]);
  return recipe.shares ? withSharedState(graph, /^s\d$/) : graph;
}

/** Data for every input: floats in (−1, 1) on a grid of 1/64, row numbers 0 and 1. */
export function dataFor(graph: Graph, seed = 1): HostTensor[] {
  const random = new Random(seed);
  return graph.inputs.map(({ value: { shape, dtype }, kind }) => {
    const size = sizeOf(shape);
    if (dtype === "u32")
      return hostTensor(
        Uint32Array.from({ length: size }, (_, i) => (kind === "state" ? 0 : (i + 1) % 2)),
        shape,
      );
    return hostTensor(
      Float32Array.from({ length: size }, () => (random.integer(127) - 63) / 64),
      shape,
    );
  });
}
