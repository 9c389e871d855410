// The catalogue: every primitive, one line each, with the arguments that rules and tensors pass.

import type { ComputedDType } from "../core/dtype.ts";
import { normalizeAxes, normalizeAxis, type Shape } from "../core/shape.ts";
import type { Attrs, Op, Value } from "../graph/op.ts";
import { abs } from "./abs.ts";
import { add } from "./add.ts";
import { broadcast } from "./broadcast.ts";
import { cast } from "./cast.ts";
import { compare, type Relation } from "./compare.ts";
import { constant } from "./constant.ts";
import { at } from "./define.ts";
import { div } from "./div.ts";
import { exp } from "./exp.ts";
import { gather } from "./gather.ts";
import { log } from "./log.ts";
import { logSoftmax } from "./log_softmax.ts";
import { matmul } from "./matmul.ts";
import { max } from "./max.ts";
import { min } from "./min.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
import { pick } from "./pick.ts";
import { place } from "./place.ts";
import { record } from "./record.ts";
import { relu } from "./relu.ts";
import { reshape } from "./reshape.ts";
import { sgd } from "./sgd.ts";
import { sigmoid } from "./sigmoid.ts";
import { sigmoidBackward } from "./sigmoid_backward.ts";
import { softmax } from "./softmax.ts";
import { sqrt } from "./sqrt.ts";
import { square } from "./square.ts";
import { stopGradient } from "./stop_gradient.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum.ts";
import { tanh } from "./tanh.ts";
import { transpose } from "./transpose.ts";
import { where } from "./where.ts";

/** Where new nodes go: a graph builder. */
export interface Emitter {
  emit<A extends Attrs>(op: Op<A>, inputs: readonly Value[], attrs: A): readonly Value[];
}

type Axes = number | readonly number[] | undefined;

/** A constructor for each primitive, which adds a node to `to` and gives its output. */
export function buildOn(to: Emitter) {
  const one = <A extends Attrs>(op: Op<A>, inputs: readonly Value[], attrs: A): Value =>
    at(to.emit(op, inputs, attrs), 0);
  const along = (name: string, x: Value, axes: Axes, keepDims: boolean) => ({
    axes: normalizeAxes(name, axes, x.shape.length),
    keepDims,
  });
  return {
    abs: (x: Value) => one(abs, [x], {}),
    add: (x: Value, y: Value) => one(add, [x, y], {}),
    broadcast: (x: Value, shape: Shape) => one(broadcast, [x], { shape }),
    cast: (x: Value, dtype: ComputedDType) => one(cast, [x], { dtype }),
    compare: (x: Value, y: Value, relation: Relation) => one(compare, [x, y], { relation }),
    constant: (value: number) => one(constant, [], { value }),
    div: (x: Value, y: Value) => one(div, [x, y], {}),
    exp: (x: Value) => one(exp, [x], {}),
    gather: (x: Value, rows: Value) => one(gather, [x, rows], {}),
    log: (x: Value) => one(log, [x], {}),
    logSoftmax: (x: Value, axis = -1) =>
      one(logSoftmax, [x], { axis: normalizeAxis("logSoftmax", axis, x.shape.length) }),
    matmul: (x: Value, y: Value, transposeX = false, transposeY = false) =>
      one(matmul, [x, y], { transposeX, transposeY }),
    max: (x: Value, axes?: Axes, keepDims = false) => one(max, [x], along("max", x, axes, keepDims)),
    min: (x: Value, axes?: Axes, keepDims = false) => one(min, [x], along("min", x, axes, keepDims)),
    mul: (x: Value, y: Value) => one(mul, [x, y], {}),
    neg: (x: Value) => one(neg, [x], {}),
    pick: (x: Value, index: Value) => one(pick, [x, index], {}),
    place: (x: Value, index: Value, columns: number) => one(place, [x, index], { columns }),
    record: (ring: Value, step: Value, metrics: readonly Value[]) =>
      to.emit(record, [ring, step, ...metrics], {}),
    relu: (x: Value) => one(relu, [x], {}),
    reshape: (x: Value, shape: Shape) => one(reshape, [x], { shape }),
    sgd: (w: Value, gradient: Value, learningRate: Value) => one(sgd, [w, gradient, learningRate], {}),
    sigmoid: (x: Value) => one(sigmoid, [x], {}),
    sigmoidBackward: (y: Value, ct: Value) => one(sigmoidBackward, [y, ct], {}),
    softmax: (x: Value, axis = -1) =>
      one(softmax, [x], { axis: normalizeAxis("softmax", axis, x.shape.length) }),
    sqrt: (x: Value) => one(sqrt, [x], {}),
    square: (x: Value) => one(square, [x], {}),
    stopGradient: (x: Value) => one(stopGradient, [x], {}),
    sub: (x: Value, y: Value) => one(sub, [x, y], {}),
    sum: (x: Value, axes?: Axes, keepDims = false) => one(sum, [x], along("sum", x, axes, keepDims)),
    tanh: (x: Value) => one(tanh, [x], {}),
    transpose: (x: Value, permutation: readonly number[]) => one(transpose, [x], { permutation }),
    where: (condition: Value, x: Value, y: Value) => one(where, [condition, x, y], {}),
  };
}

export type Build = ReturnType<typeof buildOn>;

/** Every primitive by name, for tests and documentation. */
export const catalogue = {
  abs,
  add,
  broadcast,
  cast,
  compare,
  constant,
  div,
  exp,
  gather,
  log,
  logSoftmax,
  matmul,
  max,
  min,
  mul,
  neg,
  pick,
  place,
  record,
  relu,
  reshape,
  sgd,
  sigmoid,
  sigmoidBackward,
  softmax,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
  transpose,
  where,
} as const;
