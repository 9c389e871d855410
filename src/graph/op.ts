// What a primitive operation is: shape rule, derivative, kernel. One object per op, defined in src/ops; what it computes is
// said a second time, in plain loops, in src/oracle.

import type { DType } from "../core/dtype.ts";
import type { Shape } from "../core/shape.ts";
import type { AnchorKernel, EffectKernel, MapKernel, RowsKernel } from "./kernel.ts";

/** Shape and element type, without data. */
export interface Spec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One tensor-valued edge of a graph. The id stays the same through every pass, so results can be compared by it. */
export interface Value extends Spec {
  readonly id: number;
}

export type AttrValue = number | boolean | string | readonly number[];
/** Static, non-tensor arguments of an op. */
export type Attrs = Readonly<Record<string, AttrValue>>;

/** Which part of a training step a node was traced in; `recompute` is the forward pass of a checkpoint, once more. */
export type Phase = "forward" | "recompute" | "backward" | "update";

/** An op applied to values. A fused node also has a body: the nodes it stands for, in order, with their own values. */
export interface Node<A extends Attrs = Attrs> {
  readonly id: number;
  readonly op: Op<A>;
  readonly inputs: readonly Value[];
  readonly attrs: A;
  readonly outputs: readonly Value[];
  readonly phase: Phase;
  /** Of phase `recompute`: which recomputation it belongs to. Passes keep it apart from equal nodes elsewhere. */
  readonly recompute?: number | undefined;
  readonly body?: readonly Node[];
}

/** What a vjp rule is given. It knows how many inputs its op has. */
export interface VjpContext<A extends Attrs = Attrs> {
  readonly x: Value;
  readonly y: Value;
  readonly z: Value;
  readonly attrs: A;
  readonly out: Value;
  /** The cotangent of `out`. */
  readonly ct: Value;
}

export interface Op<A extends Attrs = Attrs> {
  readonly name: string;
  /** The output specs. Pure; throws ShapeError or DTypeError. */
  infer(inputs: readonly Spec[], attrs: A): readonly Spec[];
  /** Of an op that computes each element from the elements at the same place: one of them, in f64. Others have loops. */
  scalar?(x: number, y: number, z: number, attrs: A): number;
  /**
   * Vector-Jacobian product: a cotangent for each input, undefined where none flows. Absent: asking for a gradient
   * throws GradientError with `noGradient` as the reason. `build` has a constructor for every op.
   */
  vjp?(context: VjpContext<A>, build: unknown): readonly (Value | undefined)[];
  readonly noGradient?: string;
  /** Exactly one of these, but for an alias, which has none: its output is its input's buffer under another shape. */
  readonly map?: MapKernel<A>;
  readonly rows?: RowsKernel<A>;
  readonly anchor?: AnchorKernel<A>;
  readonly effect?: EffectKernel<A>;
  readonly alias?: true;
}
