// What the ops of the goldens are called here.

import { loss, type Tensor } from "chainrule";
import type { GoldenAttrs } from "../support/goldens.ts";

/** Inputs by their name in the manifest. */
export type Inputs = Readonly<Record<string, Tensor>>;
export type GoldenFunction = (inputs: Inputs, attrs: GoldenAttrs) => Tensor;

const input = (inputs: Inputs, name: string): Tensor => {
  const found = inputs[name];
  if (!found) throw new Error(`the case has no input ${name}`);
  return found;
};

const unary =
  (f: (x: Tensor, attrs: GoldenAttrs) => Tensor): GoldenFunction =>
  (inputs, attrs) =>
    f(input(inputs, "x"), attrs);

/** Of the two inputs, whatever their names. */
const binary =
  (f: (a: Tensor, b: Tensor, attrs: GoldenAttrs) => Tensor): GoldenFunction =>
  (inputs, attrs) => {
    const [a, b] = Object.values(inputs);
    if (!a || !b) throw new Error("the case lacks an input");
    return f(a, b, attrs);
  };

/** x·w and what is added to every row. */
const dense =
  (f: (x: Tensor, w: Tensor, offset: Tensor) => Tensor): GoldenFunction =>
  (inputs) => {
    const [x, w, offset] = Object.values(inputs);
    if (!x || !w || !offset) throw new Error("the case lacks an input");
    return f(x, w, offset);
  };

const axesOf = ({ axes }: GoldenAttrs): number[] | undefined => (axes ? [...axes] : undefined);

const reduce = (name: "sum" | "mean" | "max" | "min"): GoldenFunction =>
  unary((x, attrs) => x[name](axesOf(attrs), attrs.keepdims));

/** The manifest spells the mean over the batch of half squared errors "batch_mean". */
const reductionOf = ({ reduction }: GoldenAttrs): { reduction?: "mean" | "sum" | "none" } =>
  reduction === undefined ? {} : { reduction: reduction === "batch_mean" ? "mean" : reduction };

const programs: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "y = x*x + x": (x) => x.mul(x).add(x),
  "a = x*2; y = tanh(a)*sigmoid(a) + a": (x) => {
    const a = x.mul(2);
    return a.tanh().mul(a.sigmoid()).add(a);
  },
  "y = x * stop_gradient(x)": (x) => x.mul(x.stopGradient()),
};

export const goldenOps: Readonly<Record<string, GoldenFunction>> = {
  matmul: binary((a, b, { transpose_a = false, transpose_b = false }) =>
    (transpose_a ? a.transpose() : a).matmul(transpose_b ? b.transpose() : b),
  ),
  dense: dense((x, w, bias) => x.matmul(w).add(bias)),
  linear: dense((x, w, bias) => x.matmul(w.transpose()).add(bias)),
  dense_threshold: dense((x, w, theta) => x.matmul(w).sub(theta)),
  dense_threshold_sigmoid: dense((x, w, theta) => x.matmul(w).sub(theta).sigmoid()),
  add: binary((a, b) => a.add(b)),
  sub: binary((a, b) => a.sub(b)),
  mul: binary((a, b) => a.mul(b)),
  div: binary((a, b) => a.div(b)),
  sum: reduce("sum"),
  mean: reduce("mean"),
  max: reduce("max"),
  min: reduce("min"),
  sigmoid: unary((x) => x.sigmoid()),
  tanh: unary((x) => x.tanh()),
  relu: unary((x) => x.relu()),
  exp: unary((x) => x.exp()),
  abs: unary((x) => x.abs()),
  neg: unary((x) => x.neg()),
  square: unary((x) => x.square()),
  sigmoid_backward: binary((y, dy) => dy.mul(y).mul(y.neg().add(1))),
  tanh_backward: binary((y, dy) => dy.mul(y.square().neg().add(1))),
  softmax: unary((x, { axis }) => x.softmax(axis)),
  log_softmax: unary((x, { axis }) => x.logSoftmax(axis)),
  softmin: unary((x, { axis }) => x.neg().softmax(axis)),
  cross_entropy: binary((logits, target, attrs) =>
    loss.softmaxCrossEntropy(logits, target, reductionOf(attrs)),
  ),
  mse: binary((y, t, attrs) => loss.meanSquaredError(y, t, reductionOf(attrs))),
  bce_with_logits: binary((logits, t, attrs) => loss.binaryCrossEntropy(logits, t, reductionOf(attrs))),
  half_squared_error: binary((y, t, attrs) => loss.halfSquaredError(y, t, reductionOf(attrs))),
  transpose: unary((x, { perm }) => x.transpose(perm)),
  reshape: unary((x, { shape = [] }) => x.reshape(shape)),
  graph: unary((x, { program = "" }) => {
    const f = programs[program];
    if (!f) throw new Error(`the program "${program}" is not known`);
    return f(x);
  }),
};
