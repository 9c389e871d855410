// What a traced function sees: a value of the graph, with every op as a method. Numbers stand for scalars.

import type { ComputedDType, DType } from "../core/dtype.ts";
import { ChainruleError, ShapeError, ValueError } from "../core/errors.ts";
import { formatShape, normalizeAxes, sizeOf, type Shape } from "../core/shape.ts";
import type { Value } from "../graph/op.ts";
import type { Build } from "../ops/build.ts";
import type { Relation } from "../ops/compare.ts";
import type { Tracer } from "./tracer.ts";

export type Operand = Tensor | number;
/** One axis or several, counted from the end when negative; all of them when left out. */
export type Axes = number | readonly number[];

/** The ops that make one tensor of one or more. */
type Method = Exclude<keyof Build, "constant" | "record">;
/** What an op is given after its first input. */
type Rest<F> = F extends (x: Value, ...rest: infer R) => Value ? R : never;

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
    return this.make("neg");
  }
  square(): Tensor {
    return this.make("square");
  }
  sqrt(): Tensor {
    return this.make("sqrt");
  }
  exp(): Tensor {
    return this.make("exp");
  }
  log(): Tensor {
    return this.make("log");
  }
  abs(): Tensor {
    return this.make("abs");
  }
  sigmoid(): Tensor {
    return this.make("sigmoid");
  }
  tanh(): Tensor {
    return this.make("tanh");
  }
  relu(): Tensor {
    return this.make("relu");
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
    return this.make("where", this.lift(x, dtype), this.lift(y, dtype));
  }
  /** Another element type, towards zero from f32. */
  cast(dtype: ComputedDType): Tensor {
    return dtype === this.dtype ? this : this.make("cast", dtype);
  }
  /** The same numbers, through which no gradient flows. */
  stopGradient(): Tensor {
    return this.make("stopGradient");
  }

  // Reductions.

  sum(axes?: Axes, keepDims = false): Tensor {
    return this.make("sum", axes, keepDims);
  }
  /** Throws ShapeError where there is nothing to average. */
  mean(axes?: Axes, keepDims = false): Tensor {
    const count = sizeOf(normalizeAxes("mean", axes, this.rank).map((axis) => this.shape[axis] ?? 1));
    if (count === 0)
      throw new ShapeError(
        `mean: x is ${formatShape(this.shape)}, and nothing has no mean. Reduce a non-empty axis.`,
      );
    return this.sum(axes, keepDims).mul(1 / count);
  }
  /** At ties, each of the largest gets an equal part of the gradient. */
  max(axes?: Axes, keepDims = false): Tensor {
    return this.make("max", axes, keepDims);
  }
  /** At ties, each of the smallest gets an equal part of the gradient. */
  min(axes?: Axes, keepDims = false): Tensor {
    return this.make("min", axes, keepDims);
  }
  softmax(axis = -1): Tensor {
    return this.make("softmax", axis);
  }
  logSoftmax(axis = -1): Tensor {
    return this.make("logSoftmax", axis);
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
    return this.make(
      "reshape",
      shape.map((dim) => (dim === -1 ? Math.floor(rest) : dim)),
    );
  }
  /** Axis i of the result is axis permutation[i]; without one, the last two are swapped. */
  transpose(permutation?: readonly number[]): Tensor {
    if (permutation === undefined && this.rank < 2)
      throw new ShapeError(
        `transpose: x is ${formatShape(this.shape)}, and needs two axes to swap. Reshape it first.`,
      );
    const swapped = this.shape.map((_, i) => (i < this.rank - 2 ? i : 2 * this.rank - 3 - i));
    return this.make("transpose", permutation ?? swapped);
  }
  broadcastTo(shape: Shape): Tensor {
    return this.make("broadcast", shape);
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
    const product = left.make("matmul", this.own(right));
    if (this.rank > 1 && y.rank > 1) return product;
    const drop = [this.rank === 1 && product.rank - 2, y.rank === 1 && product.rank - 1];
    return product.reshape(product.shape.filter((_, axis) => !drop.includes(axis)));
  }
  /** Rows of (N,…) by number, numbers of any shape: (B) → (B,…), (B,T) → (B,T,…). */
  gather(rows: Tensor): Tensor {
    return this.make("gather", this.own(rows));
  }
  /** One element of each row: (…,C) by index (…) → (…). */
  pick(index: Tensor): Tensor {
    return this.make("pick", this.own(index));
  }
  /** Class numbers (…) as rows (…,classes) with a 1 each. */
  oneHot(classes: number): Tensor {
    const { build } = this.tracer;
    const ones = build.broadcast(build.constant(1), this.shape);
    return new Tensor(this.tracer, build.place(ones, this.value, classes));
  }

  /** What an op gives for this and the rest of its arguments. */
  private make<Name extends Method>(op: Name, ...rest: Rest<Build[Name]>): Tensor {
    const build = this.tracer.build[op] as (x: Value, ...rest: unknown[]) => Value;
    return new Tensor(this.tracer, build(this.value, ...rest));
  }
  private binary(op: "add" | "sub" | "mul" | "div", y: Operand): Tensor {
    return this.make(op, this.lift(y, this.dtype));
  }
  private compare(y: Operand, relation: Relation): Tensor {
    return this.make("compare", this.lift(y, this.dtype), relation);
  }
  private lift(y: Operand, dtype: DType): Value {
    if (y instanceof Tensor) return this.own(y);
    if (typeof y !== "number")
      throw new ValueError(
        `tensor: an operand is ${describe(y)}. Use a number, or a tensor that is an argument of the traced function.`,
      );
    if (dtype !== "f32" && (!Number.isInteger(y) || Math.abs(y) > 2 ** 24))
      throw new ValueError(
        `tensor: ${y} beside a tensor of ${dtype}. Use a whole number up to 16777216, or cast the tensor to f32.`,
      );
    const value = this.tracer.build.constant(y);
    return dtype === "f32" || dtype === "u8" ? value : this.tracer.build.cast(value, dtype);
  }
  private own(y: Tensor): Value {
    if (y.tracer !== this.tracer)
      throw new ChainruleError(
        "tensor: two tensors of different traces meet. Pass what a function needs as its arguments.",
      );
    return y.value;
  }
}

const describe = (x: unknown): string =>
  x !== null && typeof x === "object" ? "an object (a host or a device tensor, say)" : String(x);
