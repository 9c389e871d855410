// Where elements lie while the loops of a kernel go round: pointers, offsets, and cursors that move with the innermost loop.

import { I32 } from "../emit/binary.ts";
import { get, INNER, ONCE, OUTER, SECOND, set, type Code, type Level, type Operand } from "../emit/code.ts";
import { at, i32 } from "../emit/opcodes.ts";
import { placeKey, type Place } from "../place.ts";
import { countOf, type Loop } from "./nest.ts";

export interface Nest {
  /** Counted together by `row`. */
  readonly outer: readonly Loop[];
  readonly row: Operand;
  /** Counted together by `turn`. */
  readonly second: readonly Loop[];
  readonly turn: Operand;
  readonly inner: Loop | undefined;
  /** The element at which the innermost loop starts. */
  readonly start?: Operand;
}

/** A local that moves with the innermost loop, by `step` an element. */
interface Cursor {
  readonly local: Operand;
  readonly step: number;
}

export class Addresses {
  /** Where pointers are to be put, in the order of the kernel's words. */
  readonly words: Place[] = [];
  private readonly code: Code;
  private readonly nest: Nest;
  private readonly pointers = new Map<string, Operand>();
  private readonly indices = new Map<Loop, Operand>();
  private readonly cursors = new Map<string, Cursor>();

  constructor(code: Code, nest: Nest) {
    this.code = code;
    this.nest = nest;
  }

  pointer(place: Place): Operand {
    const { code } = this;
    const key = placeKey(place);
    let known = this.pointers.get(key);
    if (!known) {
      if (place.in === "block") {
        // As if it began with row 0: then it is read as any matrix.
        const before = code.apply(i32.mul, [code.from, code.integer(4 * place.width)]);
        known = code.apply(i32.sub, [code.block, before]);
      } else known = code.apply(i32.load, [code.params], at(4 * (this.words.push(place) - 1)));
      this.pointers.set(key, known);
    }
    return known;
  }

  /** From one element of the innermost loop to the next. */
  strideOf(strides: readonly number[]): number {
    return this.nest.inner ? (strides[this.nest.inner.axis] ?? 0) : 0;
  }

  /** The element at the present row and turn, and the first of the innermost loop. */
  first(place: Place, strides: readonly number[], bytes: number): Operand {
    return this.code.apply(i32.add, [this.pointer(place), this.offset(strides, bytes)]);
  }

  /** The element at hand. */
  cursor(place: Place, strides: readonly number[], bytes: number): Operand {
    const key = `${placeKey(place)} ${strides.join()} ${bytes}`;
    return this.follow(key, () => this.first(place, strides, bytes), this.strideOf(strides) * bytes);
  }

  /** The element at hand, of those that begin at an address; `key` tells it from others. */
  follow(key: string, address: () => Operand, step: number): Operand {
    const { code, nest } = this;
    const known = this.cursors.get(key);
    if (known) return known.local;
    const start = nest.start && code.apply(i32.mul, [nest.start, code.integer(step)]);
    const first = start ? code.apply(i32.add, [address(), start]) : address();
    const local = code.variable(I32, INNER);
    const before: Level = nest.second.length ? SECOND : nest.outer.length ? OUTER : ONCE;
    code.add(before, ...get(first), ...set(local));
    this.cursors.set(key, { local, step });
    return local;
  }

  /** The number of the element at hand in the innermost loop. */
  counter(): Operand {
    return this.follow("", () => this.code.integer(0), 1);
  }

  /** Code that moves all cursors. */
  advance(count: number): number[] {
    return [...this.cursors.values()].flatMap(({ local, step }) => this.code.advance(local, step * count));
  }

  /** Bytes from the first element to that of the present row and turn. */
  private offset(strides: readonly number[], bytes: number): Operand {
    const { code, nest } = this;
    const ofOuter = this.along(nest.outer, nest.row, strides, bytes);
    const ofSecond = this.along(nest.second, nest.turn, strides, bytes);
    if (ofOuter && ofSecond) return code.apply(i32.add, [ofOuter, ofSecond]);
    return ofOuter ?? ofSecond ?? code.integer(0);
  }

  private along(
    loops: readonly Loop[],
    counter: Operand,
    strides: readonly number[],
    bytes: number,
  ): Operand | undefined {
    const { code } = this;
    const strideOf = ({ axis }: Loop): number => strides[axis] ?? 0;
    if (loops.every((loop) => strideOf(loop) === 0)) return undefined;
    const last = loops.at(-1);
    const even = loops.every((loop, i) => {
      const next = loops[i + 1];
      return !next || strideOf(loop) === strideOf(next) * next.size;
    });
    if (even && last) return code.apply(i32.mul, [counter, code.integer(strideOf(last) * bytes)]);
    return loops
      .filter((loop) => strideOf(loop) !== 0)
      .map((loop) => code.apply(i32.mul, [this.index(loop), code.integer(strideOf(loop) * bytes)]))
      .reduce((sum, part) => code.apply(i32.add, [sum, part]));
  }

  /** The index of one loop, from the number that counts several. */
  index(loop: Loop): Operand {
    const { code, nest } = this;
    const known = this.indices.get(loop);
    if (known) return known;
    const isOuter = nest.outer.includes(loop);
    const loops = isOuter ? nest.outer : nest.second;
    const after = countOf(loops.slice(loops.indexOf(loop) + 1));
    const counter = isOuter ? nest.row : nest.turn;
    const divided = after === 1 ? counter : code.apply(i32.divU, [counter, code.integer(after)]);
    const made = loops[0] === loop ? divided : code.apply(i32.remU, [divided, code.integer(loop.size)]);
    this.indices.set(loop, made);
    return made;
  }
}
