// What a traced function sees: a value of the graph, with every op as a method. Numbers stand for scalars.

import type { ComputedDType, DType } from "../core/dtype.ts";
import { ChainruleError, ShapeError, ValueError } from "../core/errors.ts";
import { formatShape, normalizeAxes, sizeOf, type Shape } from "../core/shape.ts";
import type { Value } from "../graph/op.ts";
import type { Relation } from "../ops/compare.ts";
import type { Tracer } from "./tracer.ts";

export type Operand = Tensor | number;
/** One axis or several, counted from the end when negative; all of them when left out. */
export type Axes = number | readonly number[];

export class Tensor {
  readonly tracer: Tracer;
  readonly value: Value;

  constructor(tracer: Tracer, value: Value) {
    this.tracer = tracer;
    this.value = value;
  }

  get shape(): Shape {
    return this.value.shape;
  }
  get dtype(): DType {
    return this.value.dtype;
  }
  get rank(): number {
    return this.shape.length;
  }
  get size(): number {
    return sizeOf(this.shape);
  }

  // Elementwise, with NumPy's broadcasting.

  add(y: Operand): Tensor {
    return this.binary("add", y);
  }
  sub(y: Operand): Tensor {
    return this.binary("sub", y);
  }
  mul(y: Operand): Tensor {
    return this.binary("mul", y);
  }
  div(y: Operand): Tensor {
    return this.binary("div", y);
  }
  neg(): Tensor {
    return this.unary("neg");
  }
  square(): Tensor {
    return this.unary("square");
  }
  sqrt(): Tensor {
    return this.unary("sqrt");
  }
  exp(): Tensor {
    return this.unary("exp");
  }
  log(): Tensor {
    return this.unary("log");
  }
  abs(): Tensor {
    return this.unary("abs");
  }
  sigmoid(): Tensor {
    return this.unary("sigmoid");
  }
  tanh(): Tensor {
    return this.unary("tanh");
  }
  relu(): Tensor {
    return this.unary("relu");
  }
  equal(y: Operand): Tensor {
    return this.compare(y, "eq");
  }
  notEqual(y: Operand): Tensor {
    return this.compare(y, "ne");
  }
  less(y: Operand): Tensor {
    return this.compare(y, "lt");
  }
  lessEqual(y: Operand): Tensor {
    return this.compare(y, "le");
  }
  greater(y: Operand): Tensor {
    return this.compare(y, "gt");
  }
  greaterEqual(y: Operand): Tensor {
    return this.compare(y, "ge");
  }
  /** This bool tensor ? x : y. */
  where(x: Operand, y: Operand): Tensor {
    const dtype = x instanceof Tensor ? x.dtype : y instanceof Tensor ? y.dtype : "f32";
    return this.wrap(this.build.where(this.value, this.lift(x, dtype), this.lift(y, dtype)));
  }
  /** Another element type, towards zero from f32. */
  cast(dtype: ComputedDType): Tensor {
    return dtype === this.dtype ? this : this.wrap(this.build.cast(this.value, dtype));
  }
  /** The same numbers, through which no gradient flows. */
  stopGradient(): Tensor {
    return this.unary("stopGradient");
  }

  // Reductions.

  sum(axes?: Axes, keepDims = false): Tensor {
    return this.wrap(this.build.sum(this.value, axes, keepDims));
  }
  /** Throws ShapeError where there is nothing to average. */
  mean(axes?: Axes, keepDims = false): Tensor {
    const count = normalizeAxes("mean", axes, this.rank).reduce(
      (product, axis) => product * (this.shape[axis] ?? 1),
      1,
    );
    if (count === 0)
      throw new ShapeError(
        `mean: x is ${formatShape(this.shape)}, and nothing has no mean. Reduce a non-empty axis.`,
      );
    return this.sum(axes, keepDims).mul(1 / count);
  }
  /** At ties, each of the largest gets an equal part of the gradient. */
  max(axes?: Axes, keepDims = false): Tensor {
    return this.wrap(this.build.max(this.value, axes, keepDims));
  }
  /** At ties, each of the smallest gets an equal part of the gradient. */
  min(axes?: Axes, keepDims = false): Tensor {
    return this.wrap(this.build.min(this.value, axes, keepDims));
  }
  softmax(axis = -1): Tensor {
    return this.wrap(this.build.softmax(this.value, axis));
  }
  logSoftmax(axis = -1): Tensor {
    return this.wrap(this.build.logSoftmax(this.value, axis));
  }

  // Shapes.

  /** One dimension may be −1: what is left. */
  reshape(shape: Shape): Tensor {
    const known = shape.filter((dim) => dim !== -1);
    const open = shape.length - known.length;
    if (open > 1)
      throw new ShapeError(
        `reshape: ${formatShape(shape)} leaves ${open} dimensions open. Leave at most one.`,
      );
    const rest = sizeOf(known) === 0 ? 0 : this.size / sizeOf(known);
    return this.wrap(
      this.build.reshape(
        this.value,
        shape.map((dim) => (dim === -1 ? Math.floor(rest) : dim)),
      ),
    );
  }
  /** Axis i of the result is axis permutation[i]; without one, the last two are swapped. */
  transpose(permutation?: readonly number[]): Tensor {
    if (permutation === undefined && this.rank < 2)
      throw new ShapeError(
        `transpose: x is ${formatShape(this.shape)}, and needs two axes to swap. Reshape it first.`,
      );
    const swapped = this.shape.map((_, i) => (i < this.rank - 2 ? i : 2 * this.rank - 3 - i));
    return this.wrap(this.build.transpose(this.value, permutation ?? swapped));
  }
  broadcastTo(shape: Shape): Tensor {
    return this.wrap(this.build.broadcast(this.value, shape));
  }

  // Products and picking.

  /** (…,M,K)·(…,K,N) → (…,M,N), other axes broadcast; a vector is a row on the left and a column on the right. */
  matmul(y: Tensor): Tensor {
    if (this.rank === 0 || y.rank === 0)
      throw new ShapeError(
        `matmul: x is ${formatShape(this.shape)}, y is ${formatShape(y.shape)}, but neither may be a scalar. Use mul.`,
      );
    const left = this.rank === 1 ? this.reshape([1, this.size]) : this;
    const right = y.rank === 1 ? y.reshape([y.size, 1]) : y;
    const product = this.wrap(this.build.matmul(left.value, this.own(right).value));
    const drop = [
      ...(this.rank === 1 ? [product.rank - 2] : []),
      ...(y.rank === 1 ? [product.rank - 1] : []),
    ];
    return drop.length ? product.reshape(product.shape.filter((_, axis) => !drop.includes(axis))) : product;
  }
  /** Rows of (N,…) by number, numbers of any shape: (B) → (B,…), (B,T) → (B,T,…). */
  gather(rows: Tensor): Tensor {
    return this.wrap(this.build.gather(this.value, this.own(rows).value));
  }
  /** One element of each row: (…,C) by index (…) → (…). */
  pick(index: Tensor): Tensor {
    return this.wrap(this.build.pick(this.value, this.own(index).value));
  }
  /** Class numbers (…) as rows (…,classes) with a 1 each. */
  oneHot(classes: number): Tensor {
    const ones = this.build.broadcast(this.build.constant(1), this.shape);
    return this.wrap(this.build.place(ones, this.value, classes));
  }

  private get build(): Tracer["build"] {
    return this.tracer.build;
  }
  private wrap(value: Value): Tensor {
    return new Tensor(this.tracer, value);
  }
  private unary(
    op: "neg" | "square" | "sqrt" | "exp" | "log" | "abs" | "sigmoid" | "tanh" | "relu" | "stopGradient",
  ): Tensor {
    return this.wrap(this.build[op](this.value));
  }
  private binary(op: "add" | "sub" | "mul" | "div", y: Operand): Tensor {
    return this.wrap(this.build[op](this.value, this.lift(y, this.dtype)));
  }
  private compare(y: Operand, relation: Relation): Tensor {
    return this.wrap(this.build.compare(this.value, this.lift(y, this.dtype), relation));
  }
  private lift(y: Operand, dtype: DType): Value {
    if (y instanceof Tensor) return this.own(y).value;
    if (typeof y !== "number")
      throw new ValueError(
        `tensor: an operand is ${describe(y)}. Use a number, or a tensor that the traced function is given: pass data as an argument.`,
      );
    if (dtype !== "f32" && (!Number.isInteger(y) || Math.abs(y) > 2 ** 24))
      throw new ValueError(
        `tensor: ${y} beside a tensor of ${dtype}. Use a whole number up to 16777216, or cast the tensor to f32.`,
      );
    const value = this.build.constant(y);
    return dtype === "f32" || dtype === "u8" ? value : this.build.cast(value, dtype);
  }
  private own(y: Tensor): Tensor {
    if (y.tracer !== this.tracer)
      throw new ChainruleError(
        "tensor: two tensors of different traces meet. Pass what a function needs as its arguments.",
      );
    return y;
  }
}

const describe = (x: unknown): string =>
  x !== null && typeof x === "object" ? "an object (a host or a device tensor, say)" : String(x);
