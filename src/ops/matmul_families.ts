// The two kernels of a product. They share uniform and slots; what they differ in is here.

import direct from "../../shaders/matmul.wgsl?raw";
import tiled from "../../shaders/matmul_tiled.wgsl?raw";
import type { Shader } from "../graph/kernel.ts";
import type { DirectTile, MatmulChoice, SharedTile } from "./matmul_choice.ts";

export interface Family {
  readonly shader: Shader;
  readonly constants: Readonly<Record<string, number>>;
  /** Text for slots that only this kernel has; `depthOf` tells how far along A's depth an index lies. */
  slots(depthOf: (k: string) => string): Readonly<Record<string, string>>;
}

/** For a product of M×K by K×N. */
export const familyOf = (choice: MatmulChoice, m: number, n: number, k: number): Family =>
  choice.family === "tiled" ? tiledFamily(choice) : directFamily(choice, m, n, k);

const sizes = ({ wx, wy, tm, tn }: MatmulChoice) => ({ WX: wx, WY: wy, TM: tm, TN: tn });

/** Of `k` along the sums, each step of the loop takes this many. */
const DEPTH = 4;

const directFamily = (tile: DirectTile, m: number, n: number, k: number): Family => ({
  shader: { name: "matmul", text: direct },
  constants: {
    ...sizes(tile),
    RAGGED: Number(k % DEPTH !== 0),
    CLIPPED: Number(m % (tile.wy * tile.tm) !== 0 || n % (tile.wx * tile.tn) !== 0),
  },
  slots: (depthOf) => (tile.quad ? quadSlots(depthOf) : {}),
});

/** Each invocation copies its share of a tile: all of them together, `tk` elements for each row. */
const tiledFamily = (tile: SharedTile): Family => ({
  shader: { name: "matmul_tiled", text: tiled },
  constants: { ...sizes(tile), TK: tile.tk, LOADS: (tile.tm * tile.tk) / tile.wx },
  slots: () => ({}),
});

/** Each of four neighbouring invocations loads A at one of four depths; all four read it from there. */
const quadSlots = (depthOf: (k: string) => string): Record<string, string> => ({
  enable: "enable subgroups;",
  hold: [
    "let own_inside = RAGGED == 0u || k + (local.x & 3u) < params.k;",
    "let own_depth = min(k + (local.x & 3u), params.k - 1u);",
    `let own_at = ${depthOf("own_depth")};`,
    "var held: array<f32, TM>; // @scalars",
    "for (var i = 0u; i < TM; i++) { // @unroll",
    "  held[i] = select(0.0, load_a(a_at[i] + own_at), own_inside);",
    "}",
  ].join("\n"),
  depth: "",
  a_value: "let a_value = quadBroadcast(held[i], u);",
});
