// Small local rules that change no result (beyond the rounding of constants): what tracing and the vjp rules leave behind.

import { sameShape, sizeOf } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import { constant } from "../ops/constant.ts";
import { rewrite, type Rewriting, type Rule } from "./rewrite.ts";

export const simplify = (graph: Graph): Graph =>
  rewrite(graph, [
    dropAlias,
    dropBroadcast,
    dropNeutral,
    mergeConstants,
    gatherConstants,
    scaleBytes,
    absorbTranspose,
    trivialSum,
    shareEqual(),
  ]);

const constantOf = (value: Value | undefined, { producer }: Rewriting): number | undefined => {
  const node = value && producer(value);
  return node?.op.name === "constant" ? (node.attrs["value"] as number) : undefined;
};

const replaceAt = <T>(list: readonly T[], at: number, by: T): T[] => list.map((x, i) => (i === at ? by : x));

const only = (node: Node, name: string): readonly Value[] | undefined =>
  node.op.name === name ? node.inputs : undefined;

/** stopGradient(x) → x; reshape(x) → x where nothing changes; reshape(reshape(x)) → reshape(x). */
const dropAlias: Rule = (node, { producer }) => {
  const [x] = node.inputs;
  const [y] = node.outputs;
  if (!node.op.alias || !x || !y) return undefined;
  if (sameShape(x.shape, y.shape)) return x;
  const before = producer(x);
  return before?.op.name === "reshape" ? { ...node, inputs: before.inputs } : undefined;
};

/** Maps broadcast their inputs themselves, so a broadcast before one, or a reshape of one element, is dropped where the output keeps its shape. */
const dropBroadcast: Rule = (node, { producer }) => {
  const [x] = node.inputs;
  const [y] = node.outputs;
  if (!node.op.map?.pointwise || !y) return undefined;
  if (node.op.name === "broadcast" && x && sameShape(x.shape, y.shape)) return x;
  for (const [i, input] of node.inputs.entries()) {
    const before = producer(input);
    const [source] = before?.inputs ?? [];
    const repeats =
      before?.op.name === "broadcast" || (before?.op.name === "reshape" && sizeOf(input.shape) === 1);
    if (!source || !repeats || source.shape.length > y.shape.length) continue;
    const inputs = replaceAt(node.inputs, i, source);
    const [spec] = node.op.infer(inputs, node.attrs);
    if (spec && sameShape(spec.shape, y.shape)) return { ...node, inputs };
  }
  return undefined;
};

/** x·1, x/1, −(−x) → x. */
const dropNeutral: Rule = (node, at) => {
  const [x, y] = node.inputs;
  const keeps = (value: Value | undefined): Value | undefined =>
    value && sameShape(value.shape, node.outputs[0]?.shape ?? []) ? value : undefined;
  if (only(node, "mul")) {
    if (constantOf(y, at) === 1) return keeps(x);
    if (constantOf(x, at) === 1) return keeps(y);
  }
  if (only(node, "div") && constantOf(y, at) === 1) return keeps(x);
  if (x && only(node, "neg")) {
    const before = at.producer(x);
    if (before?.op.name === "neg") return before.inputs[0];
  }
  return undefined;
};

/** An elementwise op of constants is a constant, computed in f64. */
const mergeConstants: Rule = (node, at) => {
  if (!node.op.map?.pointwise || node.op.name === "constant" || node.inputs.length === 0) return undefined;
  if (node.outputs[0]?.dtype !== "f32" || node.outputs[0].shape.length > 0) return undefined;
  const values = node.inputs.map((input) => constantOf(input, at));
  if (values.some((value) => value === undefined)) return undefined;
  const data = values.map(
    (value = NaN) => ({ shape: [], dtype: "f64", data: Float64Array.of(value) }) as const,
  );
  const value = node.op.reference(data, node.attrs, "f64")[0]?.data[0] ?? NaN;
  return at.emit(constant, [], { value })[0];
};

/** Below it f32 loses digits (2⁻¹²⁶). */
const SMALLEST_NORMAL = 2 ** -126;

/** c·(x·d) → x·(c·d): the ½ and the 2 of a squared error meet. */
const gatherConstants: Rule = (node, at) => {
  if (!only(node, "mul")) return undefined;
  const split = (value: Value): { factor: number; rest: Value } | undefined => {
    const before = at.producer(value);
    if (before?.op.name !== "mul") return undefined;
    const [x, y] = before.inputs;
    const right = constantOf(y, at);
    if (x && right !== undefined) return { factor: right, rest: x };
    const left = constantOf(x, at);
    return y && left !== undefined ? { factor: left, rest: y } : undefined;
  };
  const [x, y] = node.inputs;
  for (const [c, other] of [
    [constantOf(x, at), y],
    [constantOf(y, at), x],
  ] as const) {
    const inner = c !== undefined && other ? split(other) : undefined;
    if (c === undefined || !inner) continue;
    const factor = Math.fround(c * inner.factor);
    // Two large factors may meet in infinity, two small ones in 0, where one after the other would not.
    if (!Number.isFinite(factor) || Math.abs(factor) < SMALLEST_NORMAL) continue;
    const [product] = at.emit(constant, [], { value: c * inner.factor });
    if (product) return { ...node, inputs: [inner.rest, product] };
  }
  return undefined;
};

/** Rows of bytes, times c → the same rows, scaled as they are read. */
const scaleBytes: Rule = (node, at) => {
  if (!only(node, "mul")) return undefined;
  const [x, y] = node.inputs;
  for (const [rows, other] of [
    [x, y],
    [y, x],
  ] as const) {
    const before = rows && at.producer(rows);
    const factor = constantOf(other, at);
    if (factor === undefined || before?.op.name !== "gather" || before.inputs[0]?.dtype !== "u8") continue;
    const scale = ((before.attrs["scale"] ?? 1) as number) * factor;
    return { ...before, id: node.id, attrs: { scale }, outputs: node.outputs, phase: node.phase };
  }
  return undefined;
};

/** matmul(xᵀ, y) reads x with its strides swapped. */
const absorbTranspose: Rule = (node, { producer }) => {
  if (node.op.name !== "matmul") return undefined;
  for (const [i, flag] of [
    [0, "transposeX"],
    [1, "transposeY"],
  ] as const) {
    const before = node.inputs[i] && producer(node.inputs[i]);
    const source = before?.inputs[0];
    if (before?.op.name !== "transpose" || !source) continue;
    const permutation = before.attrs["permutation"] as readonly number[];
    const rank = permutation.length;
    const swapsLast = permutation.every(
      (axis, d) => axis === (d < rank - 2 ? d : d === rank - 2 ? rank - 1 : rank - 2),
    );
    if (swapsLast)
      return {
        ...node,
        inputs: replaceAt(node.inputs, i, source),
        attrs: { ...node.attrs, [flag]: !node.attrs[flag] },
      };
  }
  return undefined;
};

/** Reducing axes of size 1 keeps every element: drop the node where the shape stays too. */
const trivialSum: Rule = (node) => {
  const [x] = node.inputs;
  const [y] = node.outputs;
  return only(node, "sum") && x && y && sameShape(x.shape, y.shape) ? x : undefined;
};

/** JSON has one text for NaN and both infinities, and one for both zeros. */
const exactNumber = (_: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `${1 / value} ${value}`
    : value;

/** Equal ops of equal inputs are one node: nothing is computed twice. */
function shareEqual(): Rule {
  const seen = new Map<string, Value>();
  return (node) => {
    const [output] = node.outputs;
    if (!output || node.outputs.length > 1 || node.body) return undefined;
    const key = `${node.op.name} ${JSON.stringify(node.attrs, exactNumber)} ${node.inputs.map(({ id }) => id).join(" ")}`;
    const before = seen.get(key);
    if (!before) seen.set(key, output);
    return before;
  };
}
