// What op files share: the Op type with its builder known, and makers for families of ops.

import { ChainruleError, DTypeError } from "../core/errors.ts";
import { broadcastShapes, sameShape, type Shape } from "../core/shape.ts";
import type { DType } from "../core/dtype.ts";
import type { Shader } from "../graph/kernel.ts";
import type { Attrs, Op, Value, VjpContext } from "../graph/op.ts";
import type { Build } from "./build.ts";

export type NoAttrs = Readonly<Record<never, never>>;
export type Cotangents = readonly (Value | undefined)[];

/** An op of the catalogue. Its vjp rule writes with `build`, so op files never import each other. */
export interface Primitive<A extends Attrs = Attrs> extends Op<A> {
  vjp?(context: VjpContext<A>, build: Build): Cotangents;
}

/** The first, second, … input; for rules that know their arity. */
export function at<T>(list: readonly T[], i: number): T {
  const found = list[i];
  if (found === undefined)
    throw new DTypeError(`expected at least ${i + 1} inputs, got ${list.length}. Pass all of them.`);
  return found;
}

/** Output type from input types; throws DTypeError. */
export type DTypeRule<A extends Attrs> = (name: string, inputs: readonly DType[], attrs: A) => DType;

/** All inputs f32, and so the output. */
export const floats = (name: string, inputs: readonly DType[]): DType => {
  const bad = inputs.find((dtype) => dtype !== "f32");
  if (bad)
    throw new DTypeError(
      `${name}: inputs must be f32, but they are ${inputs.join(", ")}. Cast ${bad} to f32 first.`,
    );
  return "f32";
};

/** All inputs of one numeric type, and so the output. */
export const numeric = (name: string, inputs: readonly DType[]): DType => {
  const [first = "f32"] = inputs;
  if (first === "bool" || first === "u8" || inputs.some((dtype) => dtype !== first))
    throw new DTypeError(
      `${name}: inputs must share one of f32, i32, u32, but they are ${inputs.join(", ")}. Cast one side.`,
    );
  return first;
};

type ShaderText = Shader & { readonly text: string };

export interface Elementwise<A extends Attrs> {
  readonly name: string;
  /** The oracle, on numbers. */
  scalar(x: number, y: number, z: number, attrs: A): number;
  /** The kernel, as a WGSL expression of its arguments' expressions. Default: a call of the function of that name. */
  wgsl?(args: readonly string[], attrs: A): string;
  readonly library?: string;
  /** A module for the op alone, whose `library` slot holds the functions. */
  readonly shader?: ShaderText;
  /** Default: `floats`. */
  readonly dtype?: DTypeRule<A>;
  vjp?(context: VjpContext<A>, build: Build): Cotangents;
}

/** An op that computes each element from the elements at the same place, with NumPy's broadcasting. */
export function elementwise<A extends Attrs>({
  name,
  scalar,
  wgsl = (args) => `${name}(${args.join(", ")})`,
  shader,
  library = shader && slotText(shader, "library"),
  dtype = floats,
  vjp,
}: Elementwise<A>): Primitive<A> {
  return {
    name,
    infer(inputs, attrs) {
      const shape = inputs.reduce<Shape>((shape, input) => broadcastShapes(name, shape, input.shape), []);
      return [
        {
          shape,
          dtype: dtype(
            name,
            inputs.map((input) => input.dtype),
            attrs,
          ),
        },
      ];
    },
    scalar,
    map: {
      pointwise: true,
      expression: (printer, node) =>
        wgsl(
          node.inputs.map((_, i) => printer.value(i)),
          node.attrs,
        ),
      library,
      shader,
    },
    ...(vjp && { vjp }),
  };
}

/** What a shader has in a slot as it lies on disk. */
function slotText({ name, text }: ShaderText, slot: string): string {
  const found = new RegExp(`// @slot ${slot}\\n([\\s\\S]*?)// @end`).exec(text)?.[1];
  if (found === undefined) throw new ChainruleError(`${name}.wgsl has no slot ${slot}.`);
  return found.trim();
}

/** Sums `ct` over the axes along which an input of `shape` was broadcast: the vjp of broadcasting. */
export function sumTo(build: Build, ct: Value, shape: Shape): Value {
  if (sameShape(ct.shape, shape)) return ct;
  const lead = ct.shape.length - shape.length;
  const axes = ct.shape.flatMap((dim, i) => (i < lead || (shape[i - lead] === 1 && dim !== 1) ? [i] : []));
  const summed = build.sum(ct, axes, lead === 0);
  return sameShape(summed.shape, shape) ? summed : build.reshape(summed, shape);
}
