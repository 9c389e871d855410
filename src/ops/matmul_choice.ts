// Which kernel computes a product, and with which tile: decided here, from sizes and the device's profile alone.

import type { Profile } from "../graph/profile.ts";

interface Tile {
  /** Invocations of a workgroup along N and M. */
  readonly wx: number;
  readonly wy: number;
  /** Rows and columns that one invocation computes. */
  readonly tm: number;
  readonly tn: number;
}

/** Each invocation reads all that it needs from storage: shaders/matmul.wgsl. */
export interface DirectTile extends Tile {
  readonly family: "direct";
  /** Four neighbours share what they load of A through subgroup broadcasts. */
  readonly quad: boolean;
}

/** A workgroup shares square tiles of A and B in workgroup memory, `tk` deep: shaders/matmul_tiled.wgsl. */
export interface SharedTile extends Tile {
  readonly family: "tiled";
  readonly tk: number;
}

export type MatmulChoice = DirectTile | SharedTile;

/** 256 invocations for 64×64 elements, in 8.3 KiB of workgroup memory, of the 16 KiB that every device has. */
export const tiled64: SharedTile = { family: "tiled", wx: 16, wy: 16, tm: 4, tn: 4, tk: 16 };
/** 64 invocations for 32×32 elements, in 4.3 KiB. */
export const tiled32: SharedTile = { family: "tiled", wx: 8, wy: 8, tm: 4, tn: 4, tk: 16 };

/** Below this many FLOPs a software adapter's largest tiles have too little to do. */
const SMALL = 64_000;
/** From this many tiles of 16 rows on, a software adapter's cores all have one. */
const MANY_TILES = 4;

/**
 * The rules for GPUs are not measured here yet. They follow what others published:
 * - 4×4 elements an invocation in blocks of 64×64, against one in blocks of 16×16: 512³ in 5.4 ms, not 14.8, on an
 *   integrated GPU; small blocks stay for skinny products and where there are few large ones (mattn/tensai #14);
 * - a side shorter than a tile wastes it: 36864×3×3 took 4.34 ms in tiles of 32×32, less than 1 straight from storage
 *   (microsoft/onnxruntime #18758, Intel Gen9);
 * - no second pair of tiles to load ahead: 2.9 ms with, 2.5 without (tensorflow/tfjs-core #1723, Intel Iris).
 */
const SKINNY = 16;
/** From this many blocks of 64×64 on, there is one for each core of all but the largest GPUs (expected). */
const MANY_BLOCKS = 64;
/** At about as few blocks of 32×32, tensorflow/tfjs #6962 leaves its tiled kernel for another (Intel Gen12). */
const FEW_BLOCKS = 16;

/** Of the sums along K, what is still worth a workgroup. */
const SHORTEST_PART = 256;

/** The kernel for `batches` products of M×K by K×N. */
export function chooseMatmul(
  m: number,
  n: number,
  k: number,
  batches: number,
  profile: Profile,
): MatmulChoice {
  if (profile.kind === "software") {
    const { rows, columns } = profile.quick
      ? quickSides(2 * batches * m * n * k)
      : softwareSides(m, n, k, batches);
    return softwareTile(m, n, rows, columns, profile.subgroups);
  }
  const blocks = (side: number): number => batches * Math.ceil(m / side) * Math.ceil(n / side);
  if (Math.min(m, n, k) < SKINNY || blocks(32) < FEW_BLOCKS) return gpuTile(m, n);
  return blocks(64) >= MANY_BLOCKS ? tiled64 : tiled32;
}

/**
 * Into how many parts to cut the sums of a product, each a product of its own, so that a GPU's cores all have one: 1 leaves
 * it whole. Small M and N with a large K gained 1.78 → 0.32 ms (24×34×2048, tensorflow/tfjs #6285), fewer and longer parts
 * more (0.28 → 0.12 ms, #6755); two passes instead of atomics cost nothing (microsoft/onnxruntime #32318). A software
 * adapter has no cores to fill.
 */
export function sumParts(m: number, n: number, k: number, profile: Profile): number {
  if (profile.kind !== "gpu") return 1;
  const { wx, wy, tm, tn } = chooseMatmul(m, n, k, 1, profile);
  const workgroups = Math.ceil(m / (wy * tm)) * Math.ceil(n / (wx * tn));
  if (workgroups === 0 || workgroups >= MANY_BLOCKS) return 1;
  const most = Math.min(Math.ceil((2 * MANY_BLOCKS) / workgroups), Math.floor(k / SHORTEST_PART));
  // The parts are equal, so that they are a batch.
  for (let parts = most; parts > 1; parts--) if (k % parts === 0) return parts;
  return 1;
}

/**
 * A software adapter has no parallel lanes to feed, but charges for each load as for 20 multiplications, and for one from
 * workgroup memory three to four times that (measured on SwiftShader): narrow workgroups, large tiles, in registers.
 */
function softwareTile(m: number, n: number, rows: number, columns: number, quad: boolean): DirectTile {
  return { family: "direct", wx: 4, wy: 1, tm: step(m, rows), tn: step(Math.ceil(n / 4), columns), quad };
}

/** The most rows and columns that one of its invocations computes: 16×8 takes 0.7 to 0.8 of the time of 8×8. */
function softwareSides(m: number, n: number, k: number, batches: number) {
  if (2 * m * n * k < SMALL) return { rows: 4, columns: 4 };
  const many = batches * Math.floor(m / 16) * Math.ceil(n / 32) >= MANY_TILES;
  return { rows: many ? 16 : 8, columns: 8 };
}

/** It compiles a tile in time that grows with the tile; a product of many FLOPs takes longer than that even once. */
function quickSides(flops: number) {
  if (flops < 4e6) return { rows: 2, columns: 1 };
  if (flops < 4e7) return { rows: 2, columns: 2 };
  return flops < 2e8 ? { rows: 4, columns: 4 } : { rows: 8, columns: 4 };
}

/** A GPU wants many invocations first. */
const gpuTile = (m: number, n: number): DirectTile => ({
  family: "direct",
  wx: 8,
  wy: 8,
  tm: step(Math.ceil(m / 8), 4),
  tn: step(Math.ceil(n / 8), 4),
  quad: false,
});

/** The smallest of a few sizes that covers `size`, so that shapes share pipelines. */
export const step = (size: number, most: number): number =>
  [1, 2, 3, 4, 8, 16].find((tile) => tile >= size || tile === most) ?? most;
