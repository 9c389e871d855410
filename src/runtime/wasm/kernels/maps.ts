// The kernel of maps: every element of its outputs, which share a shape, from elements of what it reads.

import { sizeOf, stridesOf, type Shape } from "../../../core/shape.ts";
import { I32 } from "../emit/binary.ts";
import { Code, get, OUTER, set, type Operand } from "../emit/code.ts";
import { effect, i32 } from "../emit/opcodes.ts";
import type { Place } from "../place.ts";
import type { Nest } from "./addresses.ts";
import { Emitter } from "./emitter.ts";
import { partsOf, type Expression } from "./expression.ts";
import type { Kernel } from "./kernel.ts";
import { countOf, loopsOver, type Loop } from "./nest.ts";

export interface Output {
  readonly place: Place;
  readonly expression: Expression;
}

/** What is done once all outputs are known; for kernels of one element. */
export interface Effect {
  readonly reads: readonly Expression[];
  write(emitter: Emitter): void;
}

export interface Maps {
  readonly shape: Shape;
  readonly outputs: readonly Output[];
  readonly effects?: readonly Effect[];
  /** True where it is called for rows of the last axis, as the epilogue of a product is. */
  readonly byRows?: boolean;
}

export function mapsKernel({ shape, outputs, effects = [], byRows = false }: Maps): Kernel {
  const roots = [...outputs.map(({ expression }) => expression), ...effects.flatMap(({ reads }) => reads)];
  const width = shape.at(-1) ?? 1;
  const { outer, inner, isFlat } = loopsOf(shape, roots, byRows);
  const code = new Code();
  const row = code.variable(I32, OUTER);
  // One loop has no rows: it is called for any part of it.
  const unit = byRows && isFlat ? width : 1;
  const elements = (count: Operand): Operand => code.apply(i32.mul, [count, code.integer(unit)]);
  const start = isFlat && inner ? elements(code.from) : undefined;
  const nest: Nest = { outer, row, second: [], turn: row, inner, ...(start && { start }) };
  const emitter = new Emitter(code, nest);
  const strides = stridesOf(shape);
  const write = (): void => {
    // All are computed before any is stored: one may be written where another was read.
    const values = outputs.map(({ expression }) => emitter.value(expression));
    const results = effects.map(({ reads }) => reads.map((read) => emitter.value(read)));
    outputs.forEach(({ place }, i) => emitter.store(place, strides, values[i] ?? row));
    if (results.length) for (const { write: effectOf } of effects) effectOf(emitter);
  };
  let loops: number[];
  if (isFlat && inner) {
    const count = elements(code.apply(i32.sub, [code.to, code.from]));
    const fours = code.apply(i32.shrU, [count, code.integer(2)]);
    const ones = code.apply(i32.and, [count, code.integer(3)]);
    loops = [...code.repeat(fours, emitter.turn(4, write)), ...code.repeat(ones, emitter.turn(1, write))];
  } else {
    const length = inner?.size ?? 1;
    const turns = innerTurns(code, emitter, length, write);
    loops = isFlat ? turns : overRows(code, row, turns);
  }
  const count = isFlat ? (byRows ? sizeOf(shape) / Math.max(1, width) : (inner?.size ?? 1)) : countOf(outer);
  return {
    body: code.body(loops),
    words: emitter.addresses.words,
    count,
    weight: sizeOf(shape) / Math.max(1, count),
  };
}

/** The innermost loop over `length` elements: fours, then ones. */
export function innerTurns(code: Code, emitter: Emitter, length: number, write: () => void): number[] {
  const fours = Math.floor(length / 4);
  return [
    ...(fours ? code.repeat(fours, emitter.turn(4, write)) : []),
    ...(length % 4 ? code.repeat(length % 4, emitter.turn(1, write)) : []),
  ];
}

/** The loop over the rows that the kernel is called for: at least one. `body` follows what was put at that level. */
export function overRows(code: Code, row: Operand, body: readonly number[]): number[] {
  return [
    ...get(code.from),
    ...set(row),
    ...effect.loop,
    ...code.take(OUTER),
    ...body,
    ...code.advance(row, 1),
    ...get(row),
    ...get(code.to),
    ...i32.ltU.bytes,
    ...effect.branchIf,
    0,
    ...effect.end,
  ];
}

function loopsOf(
  shape: Shape,
  roots: readonly Expression[],
  byRows: boolean,
): { outer: readonly Loop[]; inner: Loop | undefined; isFlat: boolean } {
  const parts = [...partsOf(roots)];
  const strides = parts.flatMap((part) => (part.kind === "read" ? [part.strides] : []));
  const alone = new Set(parts.flatMap((part) => (part.kind === "only" ? [part.axis] : [])));
  const apart = (axis: number, next: number): boolean => alone.has(axis) || alone.has(next);
  const loops = loopsOver(shape, strides, apart);
  if (loops.length <= 1) return { outer: [], inner: loops[0], isFlat: true };
  if (!byRows) return { outer: loops.slice(0, -1), inner: loops.at(-1), isFlat: false };
  const last = shape.length - 1;
  const rows = loopsOver(shape, strides, (axis, next) => next === last || apart(axis, next));
  const hasInner = shape[last] !== 1;
  return {
    outer: hasInner ? rows.slice(0, -1) : rows,
    inner: hasInner ? rows.at(-1) : undefined,
    isFlat: false,
  };
}
