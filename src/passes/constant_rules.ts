// Rules of simplification that look at constants.

import { sameShape } from "../core/shape.ts";
import type { Node, Value } from "../graph/op.ts";
import { constant } from "../ops/constant.ts";
import type { Rewriting, Rule } from "./rewrite.ts";

const constantOf = (value: Value | undefined, { producer }: Rewriting): number | undefined => {
  const node = value && producer(value);
  return node?.op.name === "constant" ? (node.attrs["value"] as number) : undefined;
};

/** c·x, or x·c, in its parts. */
function scaled(node: Node | undefined, at: Rewriting): { factor: number; rest: Value } | undefined {
  if (node?.op.name !== "mul") return undefined;
  const [x, y] = node.inputs;
  for (const [constant, rest] of [
    [y, x],
    [x, y],
  ] as const) {
    const factor = constantOf(constant, at);
    if (factor !== undefined && rest) return { factor, rest };
  }
  return undefined;
}

/** x·1, x/1, −(−x) → x. */
export const dropNeutral: Rule = (node, at) => {
  const { op, outputs } = node;
  const [x, y] = node.inputs;
  if (x && op.name === "neg") {
    const before = at.producer(x);
    return before?.op.name === "neg" ? before.inputs[0] : undefined;
  }
  const product = op.name === "div" ? { factor: constantOf(y, at), rest: x } : scaled(node, at);
  const { factor, rest } = product ?? {};
  return factor === 1 && rest && sameShape(rest.shape, outputs[0]?.shape ?? []) ? rest : undefined;
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
  const outer = scaled(node, at);
  const inner = outer && scaled(at.producer(outer.rest), at);
  if (!inner) return undefined;
  const value = outer.factor * inner.factor;
  // Two large factors may meet in infinity, two small ones in 0, where one after the other would not.
  if (!Number.isFinite(Math.fround(value)) || Math.abs(Math.fround(value)) < SMALLEST_NORMAL)
    return undefined;
  const [product] = at.emit(constant, [], { value });
  return product && { ...node, inputs: [inner.rest, product] };
};

/** Rows of bytes, times c → the same rows, scaled as they are read. */
export const scaleBytes: Rule = (node, at) => {
  const product = scaled(node, at);
  const rows = product && at.producer(product.rest);
  if (!product || rows?.op.name !== "gather" || rows.inputs[0]?.dtype !== "u8") return undefined;
  const scale = ((rows.attrs["scale"] ?? 1) as number) * product.factor;
  const { id, outputs, phase, recompute } = node;
  return { ...rows, id, attrs: { scale }, outputs, phase, recompute };
};
