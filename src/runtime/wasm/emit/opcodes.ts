// Instructions by their codes (core specification 2.0, section 5.4; the SIMD ones follow 0xfd) and what they leave on the
// stack.

import { I32, V128, unsigned, type ValueType } from "./binary.ts";

export interface Opcode {
  readonly bytes: readonly number[];
  readonly result: ValueType;
}

const scalar = (code: number): Opcode => ({ bytes: [code], result: I32 });
const vector = (code: number, result: ValueType = V128): Opcode => ({
  bytes: [0xfd, ...unsigned(code)],
  result,
});

export const i32 = {
  load: scalar(0x28),
  load8: scalar(0x2d),
  constant: scalar(0x41),
  gtS: scalar(0x4a),
  ltU: scalar(0x49),
  add: scalar(0x6a),
  sub: scalar(0x6b),
  mul: scalar(0x6c),
  divU: scalar(0x6e),
  remU: scalar(0x70),
  and: scalar(0x71),
  shl: scalar(0x74),
  shrU: scalar(0x76),
} as const;

export const v128 = {
  load: vector(0),
  load32Splat: vector(9),
  load32Zero: vector(92),
  load32Lane: vector(86),
  constant: vector(12),
  and: vector(78),
  andnot: vector(79),
  or: vector(80),
  xor: vector(81),
  bitselect: vector(82),
  shuffle: vector(13),
} as const;

export const f32x4 = {
  eq: vector(65),
  ne: vector(66),
  lt: vector(67),
  gt: vector(68),
  le: vector(69),
  ge: vector(70),
  abs: vector(224),
  neg: vector(225),
  sqrt: vector(227),
  add: vector(228),
  sub: vector(229),
  mul: vector(230),
  div: vector(231),
  min: vector(232),
  max: vector(233),
  pmin: vector(234),
  pmax: vector(235),
  truncSatS: vector(248),
  truncSatU: vector(249),
  /** Of relaxed SIMD: x·y + z, rounded once or twice. */
  relaxedMadd: vector(261),
} as const;

export const i32x4 = {
  splat: vector(17),
  extractLane: vector(27, I32),
  replaceLane: vector(28),
  eq: vector(55),
  ne: vector(56),
  ltS: vector(57),
  ltU: vector(58),
  gtS: vector(59),
  gtU: vector(60),
  leS: vector(61),
  leU: vector(62),
  geS: vector(63),
  geU: vector(64),
  extendLow8: vector(137),
  extendLow16: vector(169),
  abs: vector(160),
  neg: vector(161),
  shl: vector(171),
  shrS: vector(172),
  shrU: vector(173),
  add: vector(174),
  sub: vector(177),
  mul: vector(181),
  toF32S: vector(250),
  toF32U: vector(251),
} as const;

/** Instructions that leave nothing. */
export const effect = {
  i32Store: [0x36],
  store: [0xfd, 11],
  store32Lane: [0xfd, 90],
  loop: [0x03, 0x40],
  block: [0x02, 0x40],
  end: [0x0b],
  branchIf: [0x0d],
  get: 0x20,
  set: 0x21,
  tee: 0x22,
} as const;

/** Alignment (as its exponent; a hint) and offset of a load or a store. */
export const at = (offset: number, alignment = 2): number[] => [alignment, ...unsigned(offset)];
