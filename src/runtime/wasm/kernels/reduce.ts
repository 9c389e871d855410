// The kernel of a reduction over axes: each element of its output from all those of an expression that lie along them.

import { stridesOf, sizeOf, type Shape } from "../../../core/shape.ts";
import { I32, V128 } from "../emit/binary.ts";
import { Code, get, INNER, OUTER, SECOND, set, type Operand } from "../emit/code.ts";
import { at, effect, f32x4, i32, v128, type Opcode } from "../emit/opcodes.ts";
import type { Place } from "../place.ts";
import type { Nest } from "./addresses.ts";
import { Emitter } from "./emitter.ts";
import { partsOf, type Expression } from "./expression.ts";
import type { Kernel } from "./kernel.ts";
import { innerTurns, overRows } from "./maps.ts";
import { countOf, loopsOver } from "./nest.ts";

const combines: Readonly<Record<string, readonly [opcode: Opcode, identity: number]>> = {
  sum: [f32x4.add, 0],
  max: [f32x4.pmax, -Infinity],
  min: [f32x4.pmin, Infinity],
};

export const isReduction = (name: string): boolean => name in combines;

export interface Reduction {
  /** Of what is reduced. */
  readonly shape: Shape;
  readonly axes: readonly number[];
  /** sum, max or min. */
  readonly name: string;
  readonly expression: Expression;
  readonly place: Place;
  /** Where what is reduced is kept for others, so that they need not compute it again. */
  readonly copy?: Place | undefined;
}

/** Vectors that are summed before their sum joins the others: long sums of f32 lose digits. */
const RUN = 256;

export function reduceKernel({ shape, axes, name, expression, place, copy }: Reduction): Kernel {
  const [opcode, identity] = combines[name] ?? [f32x4.add, 0];
  const isReduced = (axis: number): boolean => axes.includes(axis);
  const parts = [...partsOf([expression])];
  const strides = parts.flatMap((part) => (part.kind === "read" ? [part.strides] : []));
  const alone = new Set(parts.flatMap((part) => (part.kind === "only" ? [part.axis] : [])));
  // Kept axes are written in their order, one after the other.
  const kept = keptStrides(shape, axes);
  const all = stridesOf(shape);
  const loops = loopsOver(
    shape,
    [...strides, kept, ...(copy ? [all] : [])],
    (axis, next) => isReduced(axis) !== isReduced(next) || alone.has(axis) || alone.has(next),
  );
  const inner = loops.at(-1);
  const rest = loops.slice(0, -1);
  const code = new Code();
  const nest: Nest = {
    outer: rest.filter(({ axis }) => !isReduced(axis)),
    row: code.variable(I32, OUTER),
    second: rest.filter(({ axis }) => isReduced(axis)),
    turn: code.variable(I32, SECOND),
    inner,
  };
  const emitter = new Emitter(code, nest);
  const length = inner?.size ?? 1;
  const value = (): Operand => {
    const made = emitter.value(expression);
    if (copy) emitter.store(copy, all, made);
    return made;
  };
  const scope: Scope = { code, emitter, nest, length, place, value, opcode, identity };
  const turns = inner && !isReduced(inner.axis) ? alongKept(scope, kept) : alongReduced(scope);
  const body = code.body(overRows(code, nest.row, turns));
  const count = countOf(nest.outer);
  return { body, words: emitter.addresses.words, count, weight: sizeOf(shape) / Math.max(1, count) };
}

/** Strides of the output over the axes of the input: 0 along those that are reduced. */
function keptStrides(shape: Shape, axes: readonly number[]): number[] {
  return stridesOf(shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))).map((stride, axis) =>
    axes.includes(axis) ? 0 : stride,
  );
}

interface Scope {
  readonly code: Code;
  readonly emitter: Emitter;
  readonly nest: Nest;
  /** Of the innermost loop. */
  readonly length: number;
  readonly place: Place;
  /** What is reduced, in the innermost loop. */
  readonly value: () => Operand;
  readonly opcode: Opcode;
  readonly identity: number;
}

/** The innermost axis is reduced: four partial results in a register. */
function alongReduced({ code, emitter, nest, length, place, value, opcode, identity }: Scope): number[] {
  const total = code.variable(V128, INNER);
  const part = code.variable(V128, INNER);
  const start = code.floats(identity);
  const combine = (into: Operand, other: Operand): number[] => [
    ...get(into),
    ...get(other),
    ...opcode.bytes,
    ...set(into),
  ];
  const add = (into: Operand) => (): void => {
    code.add(INNER, ...combine(into, value()));
  };
  const addOne = (): void => {
    const one = code.apply(v128.bitselect, [value(), start, code.integers(-1, 0, 0, 0)]);
    code.add(INNER, ...combine(total, one));
  };
  const fours = Math.floor(length / 4);
  const runs = Math.floor(fours / RUN);
  const run = [
    ...get(start),
    ...set(part),
    ...code.repeat(RUN, emitter.turn(4, add(part))),
    ...combine(total, part),
  ];
  const turns = [
    ...(runs ? code.repeat(runs, run) : []),
    ...(fours % RUN ? code.repeat(fours % RUN, emitter.turn(4, add(total))) : []),
    ...(length % 4 ? code.repeat(length % 4, emitter.turn(1, addOne)) : []),
  ];
  const body = overTurns(code, nest, turns);
  const before = [...code.take(OUTER), ...get(start), ...set(total)];
  const halves = swapped(code, total, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7], opcode);
  const whole = swapped(code, halves, [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11], opcode);
  const row = code.apply(i32.shl, [nest.row, code.integer(2)]);
  const address = code.apply(i32.add, [emitter.addresses.pointer(place), row]);
  const after = [
    ...code.take(OUTER),
    ...code.take(INNER),
    ...get(address),
    ...get(whole),
    ...effect.store32Lane,
    ...at(0),
    0,
  ];
  return [...before, ...body, ...after];
}

/** x combined with its own lanes in another order. */
function swapped(code: Code, x: Operand, bytes: readonly number[], opcode: Opcode): Operand {
  return code.apply(opcode, [x, code.apply(v128.shuffle, [x, x], bytes)]);
}

/** The innermost axis is kept: its results lie in memory, and each turn adds a row to them. */
function alongKept(scope: Scope, kept: readonly number[]): number[] {
  const { code, emitter, nest, length, place, value, opcode, identity } = scope;
  const start = code.floats(identity);
  const stored: Expression = { kind: "read", place, dtype: "f32", strides: kept };
  const add = (): void => {
    const sum = code.apply(opcode, [emitter.value(stored), value()]);
    emitter.store(place, kept, sum);
  };
  const turns = overTurns(code, nest, innerTurns(code, emitter, length, add));
  const row = code.apply(i32.mul, [nest.row, code.integer(4 * length)]);
  const address = code.apply(i32.add, [emitter.addresses.pointer(place), row]);
  const filler = code.variable(I32, OUTER);
  const fill = (bytes: number): number[] => [
    ...get(filler),
    ...get(start),
    ...(bytes === 16 ? [...effect.store, ...at(0)] : [...effect.store32Lane, ...at(0), 0]),
    ...code.advance(filler, bytes),
  ];
  return [
    ...code.take(OUTER),
    ...get(address),
    ...set(filler),
    ...code.repeat(Math.floor(length / 4), fill(16)),
    ...code.repeat(length % 4, fill(4)),
    ...turns,
  ];
}

/** The loops over the reduced axes outside the innermost one. */
function overTurns(code: Code, { second, turn }: Nest, body: readonly number[]): number[] {
  if (!second.length) return [...code.take(SECOND), ...body];
  const each = [...code.take(SECOND), ...body, ...code.advance(turn, 1)];
  return [...get(code.integer(0)), ...set(turn), ...code.repeat(countOf(second), each)];
}
