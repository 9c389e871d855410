// Which nodes gpu.js computes. Its numbers are floats: what they do not hold exactly is left to the references.

import type { DType } from "../../core/dtype.ts";
import { sizeOf, type Shape } from "../../core/shape.ts";
import type { Node } from "../../graph/op.ts";
import type { Total } from "./kernel_text.ts";
import { maps } from "./maps.ts";

/** Every whole number up to here is a float, so every index is exact. */
const MOST = 2 ** 24;
/** With more than three axes some indices are quotients of a quarter of this at most, where a division may err by 2.5 ULP. */
const MOST_BY_QUOTIENTS = 2 ** 22;

/** Maps that read elsewhere than at their own element: expressions know how. */
const MOVES = ["transpose", "pick", "place"];

/** By op, the input that may be whole: a float is what it becomes, or it is looked for among fewer than 2²⁴ columns. */
const WHOLE: Readonly<Record<string, number>> = { cast: 0, pick: 1, place: 1 };

export const isReduction = (op: string): op is Total => op === "sum" || op === "max" || op === "min";

/** Whether an op has a kernel for floats. */
export const hasText = (op: string): boolean =>
  op in maps || op === "constant" || op === "matmul" || MOVES.includes(op) || isReduction(op);

/** What is done in JavaScript's memory by choice: whole numbers stay whole there, and a set larger than a texture has room. */
export const isAtHome = (op: string): boolean => op === "gather" || op === "record";

export function hasKernel({ op, inputs, outputs }: Node): boolean {
  return (
    hasText(op.name) &&
    inputs.every(({ dtype }, i) => isFloat(dtype) || i === WHOLE[op.name]) &&
    outputs.every(({ dtype }) => isFloat(dtype)) &&
    [...inputs, ...outputs].every(({ shape }) => fits(shape))
  );
}

/** Whether an op that has no kernel for a node is missed, and not just idle: nothing has to be computed of nothing. */
export const isMissed = (node: Node): boolean =>
  !isAtHome(node.op.name) && [...node.inputs, ...node.outputs].every(({ shape }) => sizeOf(shape) > 0);

const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "bool";

function fits(shape: Shape): boolean {
  const size = sizeOf(shape);
  return size > 0 && size <= (shape.filter((dim) => dim > 1).length > 3 ? MOST_BY_QUOTIENTS : MOST);
}
