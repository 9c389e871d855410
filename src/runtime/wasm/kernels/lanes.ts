// What each pointwise op is on four elements at once. An op that is not here runs by its reference.

import type { DType } from "../../../core/dtype.ts";
import type { Node } from "../../../graph/op.ts";
import type { Code, Operand } from "../emit/code.ts";
import { f32x4, i32x4, v128, type Opcode } from "../emit/opcodes.ts";
import { exp, log, sigmoid, tanh } from "./math.ts";

/** Code for a node's output from its operands; whole numbers and bools are i32 lanes. */
export type Lanes = (code: Code, operands: readonly Operand[], node: Node) => Operand;

const float =
  (op: Opcode): Lanes =>
  (code, operands) =>
    code.apply(op, operands);

/** By the type of the first input. */
const numeric =
  (floats: Opcode, integers: Opcode): Lanes =>
  (code, operands, node) =>
    code.apply(dtypeOf(node) === "f32" ? floats : integers, operands);

const unary =
  (f: (code: Code, x: Operand) => Operand): Lanes =>
  (code, operands) =>
    f(code, first(operands));

const dtypeOf = ({ inputs }: Node): DType => inputs[0]?.dtype ?? "f32";
const first = (operands: readonly Operand[]): Operand => operand(operands, 0);

function operand(operands: readonly Operand[], i: number): Operand {
  const found = operands[i];
  if (!found) throw new RangeError(`wasm: a kernel lacks operand ${i}.`);
  return found;
}

const relations: Readonly<Record<string, readonly [floats: Opcode, signed: Opcode, unsigned: Opcode]>> = {
  eq: [f32x4.eq, i32x4.eq, i32x4.eq],
  ne: [f32x4.ne, i32x4.ne, i32x4.ne],
  lt: [f32x4.lt, i32x4.ltS, i32x4.ltU],
  le: [f32x4.le, i32x4.leS, i32x4.leU],
  gt: [f32x4.gt, i32x4.gtS, i32x4.gtU],
  ge: [f32x4.ge, i32x4.geS, i32x4.geU],
};

/** A mask as bools. */
const bool = (code: Code, mask: Operand): Operand => code.apply(v128.and, [mask, code.integers(1)]);

const compare: Lanes = (code, operands, node) => {
  const [floats, signed, unsigned] = relations[String(node.attrs["relation"])] ?? [
    f32x4.eq,
    i32x4.eq,
    i32x4.eq,
  ];
  const dtype = dtypeOf(node);
  return bool(code, code.apply(dtype === "f32" ? floats : dtype === "i32" ? signed : unsigned, operands));
};

const cast: Lanes = (code, operands, node) => {
  const x = first(operands);
  const from = dtypeOf(node);
  const to = node.attrs["dtype"];
  if (from === to) return x;
  if (to === "bool")
    return bool(
      code,
      from === "f32"
        ? code.apply(f32x4.ne, [x, code.floats(0)])
        : code.apply(i32x4.ne, [x, code.integers(0)]),
    );
  if (to === "f32") return code.apply(from === "i32" ? i32x4.toF32S : i32x4.toF32U, [x]);
  if (from !== "f32") return x;
  // As far as f32 holds the type's range; truncation ends at its lower end by itself.
  const most = code.floats(to === "i32" ? 2 ** 31 - 128 : 2 ** 32 - 256);
  return code.apply(to === "i32" ? f32x4.truncSatS : f32x4.truncSatU, [code.apply(f32x4.min, [x, most])]);
};

export const lanes: Readonly<Record<string, Lanes>> = {
  abs: float(f32x4.abs),
  add: numeric(f32x4.add, i32x4.add),
  broadcast: (_, operands) => first(operands),
  cast,
  compare,
  constant: (code, _, { attrs }) => code.floats(Number(attrs["value"])),
  div: float(f32x4.div),
  exp: unary(exp),
  log: unary(log),
  mul: numeric(f32x4.mul, i32x4.mul),
  neg: numeric(f32x4.neg, i32x4.neg),
  // Written so that a NaN stays: x where it is not ≤ 0.
  relu: unary((code, x) => code.apply(v128.andnot, [x, code.apply(f32x4.le, [x, code.floats(0)])])),
  sgd: (code, [w, g, rate]) =>
    w && g && rate ? code.apply(f32x4.sub, [w, code.apply(f32x4.mul, [rate, g])]) : operand([], 0),
  sigmoid: unary(sigmoid),
  sigmoidBackward(code, operands) {
    const y = operand(operands, 0);
    const slope = code.apply(f32x4.sub, [code.floats(1), y]);
    return code.apply(f32x4.mul, [code.apply(f32x4.mul, [operand(operands, 1), y]), slope]);
  },
  sqrt: float(f32x4.sqrt),
  square: unary((code, x) => code.apply(f32x4.mul, [x, x])),
  sub: numeric(f32x4.sub, i32x4.sub),
  tanh: unary(tanh),
  where(code, operands) {
    const isTrue = code.apply(i32x4.ne, [operand(operands, 0), code.integers(0)]);
    return code.apply(v128.bitselect, [operand(operands, 1), operand(operands, 2), isTrue]);
  },
};
