// Code for expressions inside a nest of loops: what is read and what is computed from it, for four elements of the innermost
// loop at once or for one.

import type { DType } from "../../../core/dtype.ts";
import { get, INNER, type Code, type Operand } from "../emit/code.ts";
import { at, effect, f32x4, i32, i32x4, v128 } from "../emit/opcodes.ts";
import { placeKey, type Place } from "../place.ts";
import { Addresses, type Nest } from "./addresses.ts";
import type { Expression } from "./expression.ts";
import { lanes } from "./lanes.ts";

type Read = Extract<Expression, { kind: "read" }>;

export class Emitter {
  readonly code: Code;
  readonly addresses: Addresses;
  private readonly nest: Nest;
  private readonly known = new Map<Expression, Operand>();
  private count: 1 | 4 = 4;

  constructor(code: Code, nest: Nest) {
    this.code = code;
    this.nest = nest;
    this.addresses = new Addresses(code, nest);
  }

  /** The code of one turn of the innermost loop that `write` makes, for `count` elements. */
  turn(count: 1 | 4, write: () => void): number[] {
    this.count = count;
    for (const [expression, { level }] of this.known) if (level === INNER) this.known.delete(expression);
    write();
    return [...this.code.take(INNER), ...this.addresses.advance(count)];
  }

  /** Four elements, or one in the first lane. */
  value(expression: Expression): Operand {
    const known = this.known.get(expression) ?? this.make(expression);
    this.known.set(expression, known);
    return known;
  }

  /** Stores what `value` gave. */
  store(place: Place, strides: readonly number[], value: Operand): void {
    const address = this.addresses.cursor(place, strides, 4);
    this.code.add(INNER, ...get(address), ...get(value), ...this.storing);
  }

  private get storing(): readonly number[] {
    return this.count === 4 ? [...effect.store, ...at(0)] : [...effect.store32Lane, ...at(0), 0];
  }

  private make(expression: Expression): Operand {
    const { code } = this;
    switch (expression.kind) {
      case "read":
        return this.read(expression);
      case "apply": {
        const { node, operands } = expression;
        const make = lanes[node.op.name];
        if (!make) throw new RangeError(`wasm: ${node.op.name} has no code.`);
        return make(
          code,
          operands.map((operand) => this.value(operand)),
          node,
        );
      }
      case "bytes": {
        const number = code.apply(i32x4.toF32S, [this.value(expression.x)]);
        return expression.scale === 1
          ? number
          : code.apply(f32x4.mul, [number, code.floats(expression.scale)]);
      }
      case "only": {
        const isHere = code.apply(i32x4.eq, [this.value(expression.index), this.position(expression.axis)]);
        return code.apply(v128.and, [this.value(expression.x), isHere]);
      }
    }
  }

  /** Where along an axis the elements are; the axis has a loop of its own. */
  private position(axis: number): Operand {
    const { code, nest } = this;
    if (axis < 0) return code.integers(0);
    if (nest.inner?.axis !== axis) {
      const index = [...nest.outer, ...nest.second].find((loop) => loop.axis === axis);
      return index ? code.apply(i32x4.splat, [this.addresses.index(index)]) : code.integers(0);
    }
    const first = code.apply(i32x4.splat, [this.addresses.counter()]);
    return code.apply(i32x4.add, [first, code.integers(0, 1, 2, 3)]);
  }

  private read({ place, dtype, strides, moved }: Read): Operand {
    const { code, addresses } = this;
    const bytes = bytesOf(dtype);
    const stride = addresses.strideOf(strides);
    const base = (): Operand =>
      stride === 0 ? addresses.first(place, strides, bytes) : addresses.cursor(place, strides, bytes);
    if (!moved) return stride === 0 ? this.same(base(), dtype) : this.load(base(), stride, dtype);
    const index = this.value(moved.index);
    const step = code.integer(moved.step * bytes);
    const by = (lane: number): Operand =>
      code.apply(i32.mul, [code.apply(i32x4.extractLane, [index], [lane]), step]);
    if (index.level === INNER)
      return this.gather(dtype, (lane) => ({
        address: code.apply(i32.add, [base(), by(lane)]),
        offset: lane * stride * bytes,
      }));
    const first = (): Operand => code.apply(i32.add, [addresses.first(place, strides, bytes), by(0)]);
    if (stride === 0) return this.same(first(), dtype);
    const key = `${placeKey(place)} ${strides.join()} by ${index.local}`;
    return this.load(addresses.follow(key, first, stride * bytes), stride, dtype);
  }

  /** One element in all lanes. */
  private same(address: Operand, dtype: DType): Operand {
    const { code } = this;
    if (dtype !== "u8") return code.apply(v128.load32Splat, [address], at(0));
    return code.apply(i32x4.splat, [code.apply(i32.load8, [address], at(0, 0))]);
  }

  /** Elements that are `stride` apart, from an address on. */
  private load(address: Operand, stride: number, dtype: DType): Operand {
    const { code, count } = this;
    if (count === 1) return this.same(address, dtype);
    if (stride !== 1)
      return this.gather(dtype, (lane) => ({ address, offset: lane * stride * bytesOf(dtype) }));
    if (dtype !== "u8") return code.apply(v128.load, [address], at(0));
    const four = code.apply(v128.load32Zero, [address], at(0));
    return code.apply(i32x4.extendLow16, [code.apply(i32x4.extendLow8, [four])]);
  }

  /** Elements wherever they lie. */
  private gather(
    dtype: DType,
    where: (lane: number) => { readonly address: Operand; readonly offset: number },
  ): Operand {
    const { code, count } = this;
    let made = code.integers(0);
    for (let lane = 0; lane < count; lane++) {
      const { address, offset } = where(lane);
      if (dtype === "u8") {
        const byte = code.apply(i32.load8, [address], at(offset, 0));
        made = code.apply(i32x4.replaceLane, [made, byte], [lane]);
      } else made = code.apply(v128.load32Lane, [address, made], [...at(offset), lane]);
    }
    return made;
  }
}

const bytesOf = (dtype: DType): number => (dtype === "u8" ? 1 : 4);
