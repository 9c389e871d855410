// One op, applied to tensors of given shapes: what the contract of ops checks.

import type { HostTensor } from "../../src/core/host_tensor.ts";
import { sizeOf, type Shape } from "../../src/core/shape.ts";
import type { Attrs } from "../../src/graph/op.ts";
import type { Primitive } from "../../src/ops/define.ts";
import { Tensor } from "../../src/trace/tensor.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";
import { both, exact, type Tolerance } from "./close.ts";
import { uniform, type Domain } from "./values.ts";

export interface OpCase<A extends Attrs = Attrs> {
  /** Distinguishes cases of equal shapes. */
  readonly title?: string;
  readonly shapes: readonly Shape[];
  readonly attrs?: A;
  /** One an input; the last one serves the inputs that follow. */
  readonly domains?: readonly Domain[];
  /** Added to the op's own, for what grows with the shapes: the length of sums. */
  readonly tolerance?: Tolerance;
  readonly gradientTolerance?: Tolerance;
}

/** A case with its data. */
export interface Applied {
  readonly title: string;
  readonly op: Primitive;
  readonly attrs: Attrs;
  readonly inputs: readonly HostTensor[];
  /** One for each f32 output. */
  readonly cotangent: HostTensor;
  readonly tolerance: Tolerance;
  readonly gradientTolerance: Tolerance;
}

export interface OpTolerances {
  /** Of the result, with its source in a comment beside it. */
  readonly value?: Tolerance;
  /** Of the gradients: a few operations more. */
  readonly gradient?: Tolerance;
}

export function applied<A extends Attrs>(
  op: Primitive<A>,
  { value = exact, gradient = value }: OpTolerances,
  { title, shapes, attrs = {} as A, domains = [uniform()], tolerance, gradientTolerance }: OpCase<A>,
): Applied {
  const inputs = shapes.map((shape, i) => (domains[i] ?? domains.at(-1) ?? uniform())(shape, i + 1));
  const [out] = op.infer(inputs.map(specOf), attrs);
  const text = shapes.map((shape) => `[${shape.join(",")}]`).join(" ");
  return {
    title: [text, title ?? (Object.keys(attrs).length ? JSON.stringify(attrs) : "")]
      .filter(Boolean)
      .join(" "),
    op: op,
    attrs,
    inputs,
    cotangent: uniform(0.5, 1.5)(out?.shape ?? [], 99),
    tolerance: both(value, tolerance ?? exact),
    gradientTolerance: both(gradient, gradientTolerance ?? tolerance ?? exact),
  };
}

/** Shape and type of a tensor in a graph: bytes and doubles are floats there. */
export const specOf = ({ shape, dtype }: HostTensor) =>
  ({ shape, dtype: dtype === "u8" || dtype === "f64" ? "f32" : dtype }) as const;

export const isFloat = (tensor: HostTensor): boolean => specOf(tensor).dtype === "f32";

/** The op's first output on traced tensors. */
export function apply({ op, attrs }: Applied, inputs: readonly Tensor[]): Tensor {
  const [first] = inputs;
  if (!first) throw new Error(`${op.name}: a case needs an input.`);
  const { graph } = first.tracer;
  const [y] = graph.emit(
    op,
    inputs.map(({ value }) => value),
    attrs,
  );
  if (!y) throw new Error(`${op.name} has no output.`);
  return new Tensor(first.tracer, y);
}

/** Whether there is a gradient to check: a derivative, from a float to a float. */
export const isDifferentiable = (one: Applied): boolean =>
  one.op.vjp !== undefined &&
  one.inputs.some(isFloat) &&
  one.op.infer(one.inputs.map(specOf), one.attrs)[0]?.dtype === "f32";

/** Σ ct·op(x) as a function of the float inputs: its gradient is the vector-Jacobian product. */
export const weighed =
  (one: Applied, inputs: readonly Tensor[], cotangent: Tensor) =>
  (floats: readonly Tensor[]): Tensor => {
    let next = 0;
    const all = inputs.map((x) => (x.dtype === "f32" ? (floats[next++] ?? x) : x));
    return apply(one, all).mul(cotangent).sum();
  };

/** The vector-Jacobian product for each float input. */
export function vjpOf(one: Applied, inputs: readonly Tensor[], cotangent: Tensor): readonly Tensor[] {
  const floats = inputs.filter(({ dtype }) => dtype === "f32");
  const f = (x: readonly Tensor[]): Tensor => weighed(one, inputs, cotangent)(x);
  return valueAndGrad<[readonly Tensor[]]>(f)(floats)[1];
}

export const elementsOf = (one: Applied): number =>
  one.inputs.filter(isFloat).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
