// The family of reductions over axes. Two shaders: an invocation an output where there are many, a workgroup an output
// where there are few.

import { allocate } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { formatShape, normalizeAxes, reduceShape, sizeOf, stridesOf, type Shape } from "../core/shape.ts";
import { storeAs } from "../graph/interpret.ts";
import type { Shader, Template } from "../graph/kernel.ts";
import type { Node } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import manyOutputs from "../../shaders/reduce.wgsl?raw";
import fewOutputs from "../../shaders/reduce_workgroup.wgsl?raw";
import { at, floats, type Primitive } from "./define.ts";

export type ReduceAttrs = { readonly axes: readonly number[]; readonly keepDims: boolean };

export const reduceShaders: readonly Shader[] = [
  { name: "reduce", text: manyOutputs },
  { name: "reduce_workgroup", text: fewOutputs },
];

export interface Reduction {
  readonly name: string;
  /** The value of an empty reduction; without one an empty axis is refused. */
  readonly identity?: number;
  readonly combine: (x: number, y: number) => number;
  /** WGSL that combines `total` with `value`. */
  readonly wgsl: string;
  readonly vjp: NonNullable<Primitive<ReduceAttrs>["vjp"]>;
}

export function reduction({ name, identity, combine, wgsl, vjp }: Reduction): Primitive<ReduceAttrs> {
  return {
    name,
    infer(inputs, { axes, keepDims }) {
      const x = at(inputs, 0);
      const reduced = normalizeAxes(name, axes, x.shape.length);
      const dtype = floats(name, [x.dtype]);
      const shape = reduceShape(x.shape, reduced, keepDims);
      if (identity === undefined && sizeOf(x.shape) === 0 && sizeOf(shape) > 0)
        throw new ShapeError(
          `${name}: x is ${formatShape(x.shape)}, and an empty axis has no ${name}. Reduce another axis.`,
        );
      return [{ shape, dtype }];
    },
    reference([x], { axes, keepDims }, store) {
      if (!x) return [];
      const out = { shape: reduceShape(x.shape, axes, keepDims), dtype: "f32" } as const;
      const dtype = storeAs(out, store);
      const kept = reduceShape(x.shape, axes, true);
      const totals = new Float64Array(sizeOf(kept)).fill(identity ?? NaN);
      const seen = new Uint8Array(totals.length);
      const strides = stridesOf(kept);
      const index = x.shape.map(() => 0);
      for (const value of x.data) {
        const to = index.reduce((sum, i, axis) => sum + (kept[axis] === 1 ? 0 : i) * (strides[axis] ?? 0), 0);
        totals[to] = seen[to] || identity !== undefined ? combine(totals[to] ?? 0, value) : value;
        seen[to] = 1;
        for (let axis = x.shape.length - 1; axis >= 0; axis--) {
          index[axis] = (index[axis] ?? 0) + 1;
          if ((index[axis] ?? 0) < (x.shape[axis] ?? 1)) break;
          index[axis] = 0;
        }
      }
      const data = allocate(dtype, totals.length);
      data.set(totals);
      return [{ shape: out.shape, dtype, data }];
    },
    anchor: {
      loads: [0],
      template: (node, _, profile) => template(node, profile, wgsl, identity),
    },
    vjp,
  };
}

/** From this many outputs on, an invocation each keeps the device busy. */
const MANY = 256;
/** Up to this many elements an invocation sums alone. */
const SHORT = 64;
const LANES = 64;

function template(node: Node<ReduceAttrs>, profile: Profile, wgsl: string, identity?: number): Template {
  const x = at(node.inputs, 0);
  const y = at(node.outputs, 0);
  const { kept, reduced } = groups(x.shape, node.attrs.axes);
  const outputs = sizeOf(y.shape);
  const count = reduced.reduce((product, [size]) => product * size, 1);
  // Workgroup memory costs a software adapter four times as much as storage (measured on SwiftShader).
  const many = outputs >= (profile.kind === "software" ? 8 : MANY) || count <= SHORT;
  return {
    shader: at(reduceShaders, many ? 0 : 1),
    constants: { REDUCED_GROUPS: reduced.length > 1 ? 2 : 1, KEPT_GROUPS: kept.length > 1 ? 2 : 1 },
    params: [
      { name: "kept_sizes", type: "vec4<u32>", value: quad(kept, 0, 1) },
      { name: "kept_strides", type: "vec4<u32>", value: quad(kept, 1, 0) },
      { name: "reduced_sizes", type: "vec4<u32>", value: quad(reduced, 0, 1) },
      { name: "reduced_strides", type: "vec4<u32>", value: quad(reduced, 1, 0) },
      { name: "outputs", type: "u32", value: outputs },
      { name: "count", type: "u32", value: count },
    ],
    operands: [],
    load: { slot: "load", index: { expression: "element" }, value: x },
    stores: [{ slot: "store", index: { expression: "output" }, values: [[y, "total"]] }],
    fill: () => ({
      combine: `total = ${wgsl};`,
      ...(many ? {} : { combine_lanes: `total = ${wgsl};` }),
      // Without an identity, the first element starts the total: taking it twice changes no maximum.
      start: identity === undefined ? "let first = true;" : "let first = false;",
    }),
    workgroups: many ? Math.ceil(outputs / LANES) : outputs,
    flops: outputs * count,
  };
}

type Group = [size: number, stride: number];

const quad = (groups: readonly Group[], part: 0 | 1, rest: number): number[] =>
  Array.from({ length: 4 }, (_, i) => groups[i]?.[part] ?? rest);

/** Kept and reduced axes as (size, stride) pairs, innermost first, neighbours of one kind merged. */
function groups(shape: Shape, axes: readonly number[]): { kept: Group[]; reduced: Group[] } {
  const strides = stridesOf(shape);
  const kept: Group[] = [];
  const reduced: Group[] = [];
  let last: Group[] | undefined;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    if (size === 1) continue;
    const into = axes.includes(axis) ? reduced : kept;
    const open = into.at(-1);
    if (last === into && open) open[0] *= size;
    else into.push([size, strides[axis] ?? 1]);
    last = into;
  }
  if (kept.length > 4 || reduced.length > 4)
    throw new ShapeError(
      `reduce: ${formatShape(shape)} over axes ${formatShape(axes)} alternates too often. Transpose first, so that at most 4 groups of axes are reduced.`,
    );
  return { kept, reduced };
}
