// The code of one kernel while it is being made. Every result is put into a local of its own, and into the outermost loop in
// which its operands are known: what does not change there is computed once, without further ado.

import { float, functionBody, I32, signed, unsigned, type ValueType } from "./binary.ts";
import { effect, i32, v128, type Opcode } from "./opcodes.ts";

/** Where in the loops something is computed: before them, or each time an outer, a second, the innermost one goes round. */
export const ONCE = 0;
export const OUTER = 1;
export const SECOND = 2;
export const INNER = 3;
export type Level = typeof ONCE | typeof OUTER | typeof SECOND | typeof INNER;

/** A local, and the level from which on it has its value. */
export interface Operand {
  readonly local: number;
  readonly type: ValueType;
  readonly level: Level;
}

const parameter = (local: number): Operand => ({ local, type: I32, level: ONCE });

export class Code {
  /** What every kernel is called with: its rows are `from` … `to` - 1, `params` points to its words, `block` to a block of a product. */
  readonly from = parameter(0);
  readonly to = parameter(1);
  readonly params = parameter(2);
  readonly block = parameter(3);
  private readonly locals: ValueType[] = [];
  private readonly parts: [number[], number[], number[], number[]] = [[], [], [], []];
  private readonly constants = new Map<string, Operand>();

  /** A local that code sets itself. */
  variable(type: ValueType, level: Level): Operand {
    this.locals.push(type);
    return { local: 3 + this.locals.length, type, level };
  }

  /** The result of an instruction; `immediate` follows its code. */
  apply(opcode: Opcode, operands: readonly Operand[], immediate: readonly number[] = []): Operand {
    const level = operands.reduce<Level>((most, one) => (one.level > most ? one.level : most), ONCE);
    return this.applyAt(level, opcode, operands, immediate);
  }

  /** The same at a level of its own: a load whose address is known before what lies there. */
  applyAt(
    level: Level,
    { bytes, result }: Opcode,
    operands: readonly Operand[],
    immediate: readonly number[] = [],
  ): Operand {
    const made = this.variable(result, level);
    this.add(level, ...operands.flatMap(get), ...bytes, ...immediate, ...set(made));
    return made;
  }

  integer(value: number): Operand {
    return this.constant(`i${value}`, i32.constant, signed(value));
  }

  /** Four times the same f32. */
  floats(value: number): Operand {
    const lane = float(value);
    return this.constant(`f${lane.join()}`, v128.constant, [...lane, ...lane, ...lane, ...lane]);
  }

  /** Four i32, or four times the same. */
  integers(...values: readonly number[]): Operand {
    const lanes = [0, 1, 2, 3].map((i) => values[i % values.length] ?? 0);
    return this.constant(`v${lanes.join()}`, v128.constant, [
      ...new Uint8Array(Int32Array.from(lanes).buffer),
    ]);
  }

  private constant(key: string, opcode: Opcode, immediate: readonly number[]): Operand {
    const known = this.constants.get(key) ?? this.applyAt(ONCE, opcode, [], immediate);
    this.constants.set(key, known);
    return known;
  }

  /** Adds code to a level. */
  add(level: Level, ...bytes: readonly number[]): void {
    this.parts[level].push(...bytes);
  }

  /** Takes away, and gives, the code of a level. */
  take(level: Level): number[] {
    const code = this.parts[level];
    this.parts[level] = [];
    return code;
  }

  /** The function's body around `loops`. */
  body(loops: readonly number[]): number[] {
    return functionBody(this.locals, [...this.take(ONCE), ...loops]);
  }

  /** Code that does `body` `count` times, and nothing where `count` is not above 0. `counter`: a local for it. */
  repeat(count: Operand | number, body: readonly number[], counter = this.variable(I32, ONCE)): number[] {
    if (count === 0 || body.length === 0) return [];
    if (count === 1) return [...body];
    const start = typeof count === "number" ? integer(count) : get(count);
    const turn = [...get(counter), ...integer(1), ...i32.sub.bytes, effect.tee, ...unsigned(counter.local)];
    const loop = [
      ...effect.loop,
      ...body,
      ...turn,
      ...integer(0),
      ...i32.gtS.bytes,
      ...effect.branchIf,
      0,
      ...effect.end,
    ];
    if (typeof count === "number") return [...start, ...set(counter), ...loop];
    const none = [...get(counter), ...integer(1), ...LT_S, ...effect.branchIf, 0];
    return [...start, ...set(counter), ...effect.block, ...none, ...loop, ...effect.end];
  }

  /** Code that adds `by` to a local. */
  advance(local: Operand, by: number): number[] {
    return [...get(local), ...integer(by), ...i32.add.bytes, ...set(local)];
  }
}

const LT_S = [0x48];

export const get = ({ local }: Operand): number[] => [effect.get, ...unsigned(local)];
export const set = ({ local }: Operand): number[] => [effect.set, ...unsigned(local)];
const integer = (value: number): number[] => [...i32.constant.bytes, ...signed(value)];
