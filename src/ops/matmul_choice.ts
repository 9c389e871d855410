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

/** A workgroup shares tiles of A and B in workgroup memory, `tk` deep: shaders/matmul_tiled.wgsl. */
export interface SharedTile extends Tile {
  readonly family: "tiled";
  readonly tk: number;
  /** Parts of a workgroup, each with tiles of its own, that share the sums along K. */
  readonly wz: number;
}

export type MatmulChoice = DirectTile | SharedTile;

/** 64 invocations of 8×8 elements for 64×64, in 10 KiB of workgroup memory, of the 16 KiB that every device has. */
export const tiled64: SharedTile = { family: "tiled", wx: 8, wy: 8, tm: 8, tn: 8, tk: 16, wz: 1 };
/** Twice 64 invocations of 4×4 elements for 32×32, in 10 KiB. */
export const tiled32: SharedTile = { family: "tiled", wx: 8, wy: 8, tm: 4, tn: 4, tk: 16, wz: 2 };
/** Four times 16 of them for 16×16, in 10 KiB. */
export const tiled16: SharedTile = { family: "tiled", wx: 4, wy: 4, tm: 4, tn: 4, tk: 16, wz: 4 };

/** Below this many FLOPs a software adapter's largest tiles have too little to do. */
const SMALL = 64_000;
/** From this many tiles of 16 rows on, a software adapter's cores all have one. */
const MANY_TILES = 4;

/**
 * A GPU wants all its cores at work first, and few loads second: the largest tiles of which there are as many as this.
 * Measured on an H200, which has 132 cores: with 128 blocks of 32×32, tiles of 16×16 are as fast (1024×128×784) or faster
 * (256×512×512 with B transposed, 17.8 to 19.2 µs); with 200, those of 32×32 (2048×128×784, 23.6 to 32.8 µs).
 */
const MANY_BLOCKS = 160;
/** Of the sums along K, what is still worth a workgroup and its share of a second pass; more, where there are many small tiles. */
const SHORTEST_PART = 512;
const SHORTEST_PART_OF_MANY = 2048;

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
  // A block that is more than half empty wastes more than it shares.
  const fill = (side: number): boolean =>
    2 * Math.min(m, n) > side && batches * Math.ceil(m / side) * Math.ceil(n / side) >= MANY_BLOCKS;
  if (fill(64)) return tiled64;
  const tile = fill(32) ? tiled32 : tiled16;
  return k > tile.tk ? tile : { ...tile, wz: 1 };
}

/**
 * Into how many parts to cut the sums of a product, each a product of its own, so that a GPU's cores all have one: 1 leaves
 * it whole. 784×128×8192 takes 88 µs in four parts, and 103 whole (H200). Others found small M and N with a large K to gain
 * (24×34×2048 in 0.32 ms, not 1.78: tensorflow/tfjs #6285), and two passes to cost no more than atomics
 * (microsoft/onnxruntime #32318). A software adapter has no cores to fill.
 */
export function sumParts(m: number, n: number, k: number, profile: Profile): number {
  if (profile.kind !== "gpu") return 1;
  const blocks = (side: number): number => Math.ceil(m / side) * Math.ceil(n / side);
  const shortest = blocks(16) < MANY_BLOCKS ? SHORTEST_PART : SHORTEST_PART_OF_MANY;
  const most = blocks(64) && Math.min(Math.ceil(MANY_BLOCKS / blocks(64)), Math.floor(k / shortest));
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

/** The smallest of a few sizes that covers `size`, so that shapes share pipelines. */
export const step = (size: number, most: number): number =>
  [1, 2, 3, 4, 8, 16].find((tile) => tile >= size || tile === most) ?? most;
