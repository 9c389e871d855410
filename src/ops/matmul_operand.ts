// What a product loads its sides from: a tensor as it lies, picked rows of one, or maps of either, which are computed while
// it loads.

import { sameShape, sizeOf } from "../core/shape.ts";
import type { Profile } from "../graph/profile.ts";
import type { Node, Value } from "../graph/op.ts";
import { at } from "./define.ts";
import { chooseMatmul, type MatmulChoice } from "./matmul_choice.ts";
import { dimensions, type MatmulAttrs } from "./matmul_shape.ts";

export interface MatmulOperand {
  /** What the kernel binds for this side. */
  readonly bound: Value;
  /** Where the rows of what is bound are picked. */
  readonly gather: Node | undefined;
  /** The maps between, in no order. */
  readonly maps: readonly Node[];
  /** What else they read, but for constants. */
  readonly others: readonly Value[];
}

/** `maker` gives the node of the kernel that makes a value. Undefined where the kernel cannot load it so. */
export function operandOf(side: Value, maker: (value: Value) => Node | undefined): MatmulOperand | undefined {
  const maps = new Set<Node>();
  const gathers = new Set<Node>();
  const alike = new Map<number, Value>();
  const others = new Map<number, Value>();
  const open = [side];
  for (let value = open.pop(); value; value = open.pop()) {
    const node = maker(value);
    const isWhole = sameShape(value.shape, side.shape);
    if (node?.op.name === "gather" && isWhole) gathers.add(node);
    else if (node?.op.map?.pointwise && (isWhole || node.inputs.length === 0)) {
      maps.add(node);
      open.push(...node.inputs);
    } else if (node) return undefined;
    else if (isWhole && value.dtype === "f32") alike.set(value.id, value);
    else others.set(value.id, value);
  }
  const [gather] = gathers;
  const [own, ...more] = alike.values();
  const bound = gather ? gather.inputs[0] : own;
  // Of picked rows, the kernel knows where they lie in what they are picked from, not which they are.
  if (!bound || gathers.size > 1 || (gather && (own || ![...others.values()].every(isOfColumns))))
    return undefined;
  return {
    bound,
    gather,
    maps: [...maps].filter(({ inputs }) => inputs.length),
    others: [...others.values(), ...more],
  };
}

const isOfColumns = ({ shape }: Value): boolean => sizeOf(shape.slice(0, -1)) === 1;

/** Both sides of a product; undefined where one cannot be loaded so, or had better not. */
export function operandsOf(
  node: Node,
  maker: (value: Value) => Node | undefined,
  profile: Profile,
): readonly MatmulOperand[] | undefined {
  const { m, n, k, batch } = dimensions(at(node.inputs, 0), at(node.inputs, 1), node.attrs as MatmulAttrs);
  const loads = loadsOf(chooseMatmul(m, n, k, sizeOf(batch), profile), m, n);
  const operands: MatmulOperand[] = [];
  for (const [i, side] of node.inputs.entries()) {
    const operand = operandOf(side, maker);
    if (!operand || (operand.gather && i > 0) || !isWorthLoading(side, at(loads, i), operand))
      return undefined;
    operands.push(operand);
  }
  return operands;
}

/** Maps that cost a device about one instruction. */
export const CHEAP: ReadonlySet<string> = new Set([
  "abs",
  "add",
  "broadcast",
  "cast",
  "compare",
  "mul",
  "neg",
  "relu",
  "square",
  "sub",
  "where",
]);
/** In instructions: any other map; another tensor's element, and one for which the index is divided. */
const DEAR = 8;
const READ = 8;
const FAR_READ = 12;
/** What a kernel of its own costs: an element is loaded and stored; and a dispatch, as many instructions in all. */
const KERNEL_ELEMENT = 32;
const KERNEL = 50_000;

/**
 * Whether a product computes a side while it loads it. Each element is loaded by every tile of the other side, or by every
 * invocation that no other loads it for, and computed as often: worth it if that takes no more instructions than a kernel
 * that computes each once.
 */
function isWorthLoading({ shape }: Value, loads: number, { maps, others }: MatmulOperand): boolean {
  if (maps.length === 0) return true;
  const reading = (value: Value): number =>
    sizeOf(value.shape) === 1 ? 0 : sameShape(value.shape, shape) ? READ : FAR_READ;
  const cost =
    maps.reduce((sum, { op }) => sum + (CHEAP.has(op.name) ? 1 : DEAR), 0) +
    others.reduce((sum, value) => sum + reading(value), 0);
  return sizeOf(shape) * (loads * cost - KERNEL_ELEMENT) <= KERNEL;
}

/** How often an element of A, and one of B, is loaded. */
function loadsOf(choice: MatmulChoice, m: number, n: number): readonly [a: number, b: number] {
  const { wx, wy, tm, tn } = choice;
  const shared = choice.family === "tiled";
  return [Math.ceil(n / (shared || choice.quad ? wx * tn : tn)), Math.ceil(m / (shared ? wy * tm : tm))];
}
