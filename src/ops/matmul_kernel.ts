// The direct register-tiled kernel: which tile, and what the shader is told.

import text from "../../shaders/matmul.wgsl?raw";
import { LimitError } from "../core/errors.ts";
import { broadcastStrides, formatShape, sizeOf, type Shape } from "../core/shape.ts";
import type { Shader, Site, Template } from "../graph/kernel.ts";
import type { Node } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { at } from "./define.ts";
import { dimensions, type MatmulAttrs } from "./matmul_shape.ts";

const matmulShader: Shader = { name: "matmul", text };

export interface Tile {
  /** Invocations of a workgroup along N and M. */
  readonly wx: number;
  readonly wy: number;
  /** Rows and columns that one invocation computes. */
  readonly tm: number;
  readonly tn: number;
  /** Four neighbours share what they load of A through subgroup broadcasts. */
  readonly quad: boolean;
}

/** Below this many FLOPs a large tile costs more to compile than it saves. */
const SMALL = 64_000;

/**
 * The tile for a product. A software adapter has no parallel lanes to feed but charges dearly for each load: narrow
 * workgroups, large tiles. A GPU wants many invocations first.
 */
export function chooseTile(m: number, n: number, k: number, profile: Profile): Tile {
  if (profile.kind === "software") {
    const most = 2 * m * n * k < SMALL ? 4 : 8;
    return { wx: 4, wy: 1, tm: step(m, most), tn: step(Math.ceil(n / 4), most), quad: profile.subgroups };
  }
  return { wx: 8, wy: 8, tm: step(Math.ceil(m / 8), 4), tn: step(Math.ceil(n / 8), 4), quad: false };
}

/** The smallest of a few sizes that covers `size`, so that shapes share pipelines. */
const step = (size: number, most: number): number =>
  [1, 2, 3, 4, 8].find((tile) => tile >= size || tile === most) ?? most;

export function matmulTemplate(node: Node<MatmulAttrs>, body: readonly Node[], profile: Profile): Template {
  const x = at(node.inputs, 0);
  const y = at(node.inputs, 1);
  const { transposeX, transposeY } = node.attrs;
  const { m, n, k, batch } = dimensions(x, y, node.attrs);
  const tile = chooseTile(m, n, k, profile);
  const gather = body.find((other) => other.op.name === "gather" && at(other.outputs, 0).id === x.id);
  const columnSums = body.find((other) => other.op.name === "sum" && at(other.inputs, 0).id === y.id);
  const tilesM = Math.ceil(m / (tile.wy * tile.tm));
  const tilesN = Math.ceil(n / (tile.wx * tile.tn));
  const batches = sizeOf(batch);
  const axes = batchAxes(x.shape, y.shape, batch, m * k, k * n);
  const stores: Site[] = [
    {
      slot: "store",
      index: { expression: "index", split: { size: n, outer: "row", inner: "n" } },
      values: [[at(node.outputs, 0), "value"]],
    },
  ];
  if (columnSums)
    stores.push({
      slot: "store_columns",
      index: { expression: "n" },
      values: [[at(columnSums.outputs, 0), "column_sum"]],
    });
  const scalars = {
    m,
    n,
    k,
    a_row: transposeX ? 1 : k,
    a_depth: transposeX ? m : 1,
    b_depth: transposeY ? 1 : n,
    b_column: transposeY ? k : 1,
    tiles_m: tilesM,
    tiles_n: tilesN,
    tiles: batches * tilesM * tilesN,
  };
  return {
    shader: matmulShader,
    constants: {
      WX: tile.wx,
      WY: tile.wy,
      TM: tile.tm,
      TN: tile.tn,
      BATCHED: Number(batches > 1),
      COLUMN_SUMS: Number(columnSums !== undefined),
    },
    params: [
      { name: "batch_sizes", type: "vec4<u32>", value: axes.sizes },
      { name: "batch_a", type: "vec4<u32>", value: axes.a },
      { name: "batch_b", type: "vec4<u32>", value: axes.b },
      ...Object.entries(scalars).map(([name, value]) => ({ name, type: "u32", value }) as const),
    ],
    operands: [
      { name: "a", value: gather ? at(gather.inputs, 0) : x },
      { name: "b", value: y },
    ],
    stores,
    fill({ element }) {
      // The gathered rows are the rows of A, or its depth where A is transposed.
      const rowOf = (i: string): string => (gather ? `u32(${element(at(gather.inputs, 1), i)})` : i);
      const depthOf = (k: string): string => `${transposeX ? rowOf(k) : k} * params.a_depth`;
      return {
        ...(gather && !transposeX ? { row: `let picked = ${rowOf("row")};` } : {}),
        ...(gather && transposeX ? { depth: `let a_depth = ${depthOf("depth")};` } : {}),
        ...(tile.quad ? quadSlots(depthOf) : {}),
      };
    },
    workgroups: batches * tilesM * tilesN,
    flops: 2 * batches * m * n * k,
  };
}

/** Each of four neighbouring invocations loads A at one of four depths; all four read it from there. */
const quadSlots = (depthOf: (k: string) => string): Record<string, string> => ({
  enable: "enable subgroups;",
  hold: [
    "let own_inside = k + (local.x & 3u) < params.k;",
    "let own_depth = min(k + (local.x & 3u), params.k - 1u);",
    `let own_at = ${depthOf("own_depth")};`,
    "var held: array<f32, TM>; // @scalars",
    "for (var i = 0u; i < TM; i++) { // @unroll",
    "  held[i] = select(0.0, a[a_at[i] + own_at], own_inside);",
    "}",
  ].join("\n"),
  depth: "",
  a_value: "let a_value = quadBroadcast(held[i], u);",
});

/** Up to four batch axes, innermost first; neighbours along which both sides move alike are merged. */
function batchAxes(
  x: Shape,
  y: Shape,
  batch: Shape,
  xMatrix: number,
  yMatrix: number,
): { sizes: number[]; a: number[]; b: number[] } {
  const xStrides = broadcastStrides(x.slice(0, -2), batch).map((stride) => stride * xMatrix);
  const yStrides = broadcastStrides(y.slice(0, -2), batch).map((stride) => stride * yMatrix);
  const axes: { size: number; a: number; b: number }[] = [];
  for (let i = batch.length - 1; i >= 0; i--) {
    const size = batch[i] ?? 1;
    if (size === 1) continue;
    const a = xStrides[i] ?? 0;
    const b = yStrides[i] ?? 0;
    const last = axes.at(-1);
    if (last && a === last.a * last.size && b === last.b * last.size) last.size *= size;
    else axes.push({ size, a, b });
  }
  if (axes.length > 4)
    throw new LimitError(
      `matmul: the batch ${formatShape(batch)} alternates between broadcast and own axes more than four times. Broadcast one side first.`,
    );
  const pad = (part: "size" | "a" | "b", rest: number): number[] =>
    Array.from({ length: 4 }, (_, i) => axes[i]?.[part] ?? rest);
  return { sizes: pad("size", 1), a: pad("a", 0), b: pad("b", 0) };
}
