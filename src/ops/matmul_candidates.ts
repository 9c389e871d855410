// The kernels that are worth measuring for a product: what the rules choose, and what they might be wrong about.

import type { Profile } from "../graph/profile.ts";
import {
  chooseMatmul,
  step,
  tiled16,
  tiled32,
  tiled64,
  type DirectTile,
  type MatmulChoice,
  type SharedTile,
} from "./matmul_choice.ts";
import type { ProductSizes } from "./matmul_families.ts";

/** 256 invocations of 4×4 elements for 64×64, in 9 KiB: half as many registers. */
export const tiled64Narrow: SharedTile = { family: "tiled", wx: 16, wy: 16, tm: 4, tn: 4, tk: 16, wz: 1 };
/** 256 of 8×8 for 128×128, half as deep, in up to 12 KiB. */
export const tiled128: SharedTile = { family: "tiled", wx: 16, wy: 16, tm: 8, tn: 8, tk: 8, wz: 1 };

/** Rows and columns of an invocation straight from storage, in 64 invocations of 8×8. */
const GPU_TILES = [
  [4, 4],
  [2, 4],
  [8, 4],
] as const;
/** The same, four invocations side by side. */
const SOFTWARE_TILES = [
  [16, 8],
  [8, 8],
  [16, 4],
  [8, 4],
  [4, 8],
  [4, 4],
] as const;
const MOST = 6;

/** Up to six different ones, the rules' own first. */
export function matmulCandidates(
  product: ProductSizes,
  batches: number,
  profile: Profile,
): readonly MatmulChoice[] {
  const { m, n, k } = product;
  const rule = chooseMatmul(m, n, k, batches, profile);
  const others = profile.kind === "software" ? softwareTiles(m, n, profile.subgroups) : gpuTiles(m, n);
  const named = new Map([rule, ...others].map((choice) => [choiceName(choice), choice]));
  return [...named.values()].slice(0, MOST);
}

/** As it is written down: `direct 4×1 16×8 quad`, `tiled 8×8×2 4×4 16`. */
export function choiceName(choice: MatmulChoice): string {
  const { family, wx, wy, tm, tn } = choice;
  const own = choice.family === "tiled" ? ` ${choice.tk}` : choice.quad ? " quad" : "";
  const parts = choice.family === "tiled" && choice.wz > 1 ? `×${choice.wz}` : "";
  return `${family} ${wx}×${wy}${parts} ${tm}×${tn}${own}`;
}

const softwareTiles = (m: number, n: number, quad: boolean): DirectTile[] =>
  SOFTWARE_TILES.map(([rows, columns]) => ({
    family: "direct",
    wx: 4,
    wy: 1,
    tm: step(m, rows),
    tn: step(Math.ceil(n / 4), columns),
    quad,
  }));

/** A shared tile that is more than half empty is not worth a try. */
function gpuTiles(m: number, n: number): MatmulChoice[] {
  const shared = [tiled128, tiled64, tiled64Narrow, tiled32, tiled16].filter(
    ({ wx, tn }) => 2 * Math.min(m, n) >= wx * tn,
  );
  const direct = GPU_TILES.map(([rows, columns]): DirectTile => ({
    family: "direct",
    wx: 8,
    wy: 8,
    tm: step(Math.ceil(m / 8), rows),
    tn: step(Math.ceil(n / 8), columns),
    quad: false,
  }));
  return [...shared, ...direct];
}
