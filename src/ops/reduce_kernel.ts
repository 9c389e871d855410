// The kernel that works row by row: an invocation a row where there are many, several where there are few or where a GPU's
// invocations would read far apart.

import text from "../../shaders/reduce.wgsl?raw";
import { ShapeError } from "../core/errors.ts";
import { formatShape, sizeOf, stridesOf, type Shape } from "../core/shape.ts";
import type { Index, Template } from "../graph/kernel.ts";
import type { Profile } from "../graph/profile.ts";
import type { RowsForm } from "../graph/rows.ts";

/**
 * From this many rows on, an invocation each keeps the device busy; up to this many elements it works through alone.
 * Workgroup memory costs a software adapter four times as much as storage, and a barrier ten times (measured on
 * SwiftShader).
 */
const SCHEDULE = {
  gpu: { many: 256, short: 64 },
  cpu: { many: 256, short: 64 },
  software: { many: 8, short: 1024 },
} as const;
/** On a GPU, this many neighbours share longer rows whose elements lie together: read by one invocation each, they lie apart. */
const SHORT_TOGETHER = 16;
const WORKGROUP = 64;
/** On a GPU, of a row from so long on where there are few. */
const LARGE_WORKGROUP = 256;
const LONG = 512;

/** From this many workgroups on, one a row keeps a GPU busy; with fewer, up to this many elements each. */
const MANY_WORKGROUPS = 64;
const FEW_ELEMENTS = 1024;

export interface RowsTemplate extends Template {
  /** Invocations that share a row. */
  readonly lanes: number;
  /** Where a row's own values lie, and where its elements do. */
  readonly row: Index;
  readonly element: Index;
}

export function rowsTemplate(form: RowsForm, profile: Profile): RowsTemplate {
  const { kept, reduced } = groups(form.shape, form.axes);
  const outputs = sizeOf(form.kept);
  const count = reduced.reduce((product, [size]) => product * size, 1);
  const lanes = lanesFor(outputs, count, isTogether(reduced), profile);
  const workgroup = Math.max(WORKGROUP, lanes);
  const totals = form.passes.reduce((sum, pass) => sum + pass.length, 0);
  return {
    shader: { name: "reduce", text },
    constants: {
      REDUCED_GROUPS: reduced.length > 1 ? 2 : 1,
      KEPT_GROUPS: kept.length > 1 ? 2 : 1,
      LANES: lanes,
      WORKGROUP: workgroup,
    },
    params: [
      { name: "kept_sizes", type: "vec4<u32>", value: quad(kept, 0, 1) },
      { name: "kept_strides", type: "vec4<u32>", value: quad(kept, 1, 0) },
      { name: "reduced_sizes", type: "vec4<u32>", value: quad(reduced, 0, 1) },
      { name: "reduced_strides", type: "vec4<u32>", value: quad(reduced, 1, 0) },
      { name: "outputs", type: "u32", value: outputs },
      { name: "count", type: "u32", value: count },
    ],
    operands: [],
    stores: [],
    workgroups: Math.ceil((outputs * lanes) / workgroup),
    flops: outputs * count * totals,
    lanes,
    row: { expression: "output" },
    element: elementIndex(kept, reduced, outputs, count),
  };
}

function lanesFor(rows: number, length: number, together: boolean, { kind }: Profile): number {
  const { many, short } = SCHEDULE[kind];
  if (kind === "gpu" && rows < MANY_WORKGROUPS && length >= LONG) return LARGE_WORKGROUP;
  if (kind === "gpu" && together && length > SHORT_TOGETHER)
    return length <= short ? SHORT_TOGETHER : WORKGROUP;
  return rows >= many || length <= short ? 1 : WORKGROUP;
}

/** Whether a row's elements lie one after the other. */
const isTogether = (reduced: readonly Group[]): boolean => reduced.every(([, stride]) => stride === 1);

/** Whether a kernel that works row by row is no slower with elements than one that works element by element. */
export function keepsBusy({ shape, axes, kept }: RowsForm, profile: Profile): boolean {
  const [rows, length] = [sizeOf(kept), sizeOf(shape) / Math.max(1, sizeOf(kept))];
  if (profile.kind === "software") return rows >= SCHEDULE.software.many || rows * length <= FEW_ELEMENTS;
  const together = isTogether(groups(shape, axes).reduced);
  // Lanes whose elements lie apart write far apart too.
  if (!together && lanesFor(rows, length, together, profile) > 1) return rows * length <= FEW_ELEMENTS;
  return length <= FEW_ELEMENTS || rows >= MANY_WORKGROUPS;
}

/** Row and place in it are known where rows lie one after the other, or beside each other. */
function elementIndex(
  kept: readonly Group[],
  reduced: readonly Group[],
  rows: number,
  length: number,
): Index {
  const expression = "element";
  if (kept.length > 1 || reduced.length > 1) return { expression };
  const stride = reduced[0]?.[1] ?? 1;
  if (stride === 1) return { expression, split: { size: length, outer: "output", inner: "r" } };
  return stride === rows
    ? { expression, split: { size: rows, outer: "r", inner: "output" } }
    : { expression };
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
      `reduce: ${formatShape(shape)} over axes ${formatShape(axes)} alternates too often. Transpose first, to at most 4 groups of axes.`,
    );
  return { kept, reduced };
}
