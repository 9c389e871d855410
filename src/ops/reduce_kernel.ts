// The kernels of reductions: an invocation an output where there are many, a workgroup an output where there are few.

import manyOutputs from "../../shaders/reduce.wgsl?raw";
import fewOutputs from "../../shaders/reduce_workgroup.wgsl?raw";
import { ShapeError } from "../core/errors.ts";
import { formatShape, sizeOf, stridesOf, type Shape } from "../core/shape.ts";
import type { Template } from "../graph/kernel.ts";
import type { Node } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { at } from "./define.ts";

export type ReduceAttrs = { readonly axes: readonly number[]; readonly keepDims: boolean };

/**
 * From this many outputs on, an invocation each keeps the device busy; up to this many elements it sums alone. Workgroup
 * memory costs a software adapter four times as much as storage, and a barrier ten times (measured on SwiftShader).
 */
const SCHEDULE = {
  gpu: { many: 256, short: 64 },
  cpu: { many: 256, short: 64 },
  software: { many: 8, short: 1024 },
} as const;
const LANES = 64;

/**
 * `wgsl` combines `total` with `value`; `identity` is what an empty reduction gives, and without one the first element
 * starts the total.
 */
export function reduceTemplate(
  node: Node<ReduceAttrs>,
  profile: Profile,
  wgsl: string,
  identity: number | undefined,
): Template {
  const x = at(node.inputs, 0);
  const y = at(node.outputs, 0);
  const { kept, reduced } = groups(x.shape, node.attrs.axes);
  const outputs = sizeOf(y.shape);
  const count = reduced.reduce((product, [size]) => product * size, 1);
  const { many: most, short } = SCHEDULE[profile.kind];
  const many = outputs >= most || count <= short;
  return {
    shader: many ? { name: "reduce", text: manyOutputs } : { name: "reduce_workgroup", text: fewOutputs },
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
