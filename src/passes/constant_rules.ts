// Rules of simplification that look at constants.

import { sameShape } from "../core/shape.ts";
import type { Node, Value } from "../graph/op.ts";
import { constant } from "../ops/constant.ts";
import type { Rewriting, Rule } from "./rewrite.ts";

const constantOf = (value: Value | undefined, { producer }: Rewriting): number | undefined => {
  const node = value && producer(value);
  return node?.op.name === "constant" ? (node.attrs["value"] as number) : undefined;
};

const only = (node: Node, name: string): readonly Value[] | undefined =>
  node.op.name === name ? node.inputs : undefined;

/** x·1, x/1, −(−x) → x. */
export const dropNeutral: Rule = (node, at) => {
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
export const mergeConstants: Rule = (node, at) => {
  if (!node.op.scalar || node.inputs.length === 0) return undefined;
  if (node.outputs[0]?.dtype !== "f32" || node.outputs[0].shape.length > 0) return undefined;
  const values = node.inputs.map((input) => constantOf(input, at));
  if (values.some((value) => value === undefined)) return undefined;
  const [x = 0, y = 0, z = 0] = values;
  const value = node.op.scalar(x, y, z, node.attrs);
  return at.emit(constant, [], { value })[0];
};

/** Below it f32 loses digits (2⁻¹²⁶). */
const SMALLEST_NORMAL = 2 ** -126;

/** c·(x·d) → x·(c·d): the ½ and the 2 of a squared error meet. */
export const multiplyConstants: Rule = (node, at) => {
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
export const scaleBytes: Rule = (node, at) => {
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
    const { id, outputs, phase, recompute } = node;
    return { ...before, id, attrs: { scale }, outputs, phase, recompute };
  }
  return undefined;
};
