// The kernel for each kind of device and size: a table, no device.

import { describe, expect, test } from "vitest";
import type { Profile } from "../../src/graph/profile.ts";
import { chooseMatmul, tiled32, tiled64, type MatmulChoice } from "../../src/ops/matmul_choice.ts";
import { familyOf } from "../../src/ops/matmul_families.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";

type Sizes = readonly [m: number, n: number, k: number, batches?: number];

const choose = (profile: Profile, [m, n, k, batches = 1]: Sizes): MatmulChoice =>
  chooseMatmul(m, n, k, batches, profile);

const nameOf = (choice: MatmulChoice): string =>
  choice.family === "direct" ? "direct" : `tiled ${choice.wy * choice.tm}×${choice.wx * choice.tn}`;

const onGpu: readonly (readonly [string, Sizes])[] = [
  // enough blocks of 64×64, counted with those that end outside and with the batch
  ["tiled 64×64", [512, 512, 512]],
  ["tiled 64×64", [449, 449, 16]],
  ["tiled 64×64", [64, 64, 64, 64]],
  ["tiled 64×64", [16, 4096, 16]],
  // fewer
  ["tiled 32×32", [448, 512, 512]],
  ["tiled 32×32", [64, 64, 64, 63]],
  ["tiled 32×32", [784, 128, 256]],
  ["tiled 32×32", [128, 128, 16]],
  ["tiled 32×32", [16, 16, 16, 16]],
  // too few to keep a GPU busy
  ["direct", [96, 160, 4096]],
  ["direct", [16, 16, 16, 15]],
  ["direct", [32, 128, 784]],
  // a side shorter than a tile
  ["direct", [4096, 10, 128]],
  ["direct", [15, 4096, 4096]],
  ["direct", [4096, 15, 4096]],
  ["direct", [4096, 4096, 15]],
  // one and none
  ["direct", [1, 1, 1]],
  ["direct", [512, 512, 0]],
];

test.each(onGpu)("a GPU: %s for %j", (name, sizes) => {
  expect(nameOf(choose(plainGpu, sizes))).toBe(name);
});

test("a GPU's direct kernel has 64 invocations, of 4×4 elements where there are as many", () => {
  const common = { family: "direct", wx: 8, wy: 8, quad: false };
  expect(choose(plainGpu, [4096, 10, 128])).toEqual({ ...common, tm: 4, tn: 2 });
  expect(choose({ ...plainGpu, subgroups: true }, [1, 1, 1])).toEqual({ ...common, tm: 1, tn: 1 });
});

describe("a software adapter", () => {
  test.each(onGpu)("never pays for workgroup memory (not %s for %j)", (_, sizes) => {
    for (const subgroups of [true, false]) {
      const choice = choose({ ...plainSoftware, subgroups }, sizes);
      expect(choice).toMatchObject({ family: "direct", wx: 4, wy: 1, quad: subgroups });
    }
  });

  test("has large tiles for large products only", () => {
    const tileOf = (sizes: Sizes, quick = false) => {
      const { tm, tn } = choose({ ...plainSoftware, quick }, sizes);
      return [tm, tn];
    };
    expect(tileOf([256, 128, 784])).toEqual([16, 8]);
    expect(tileOf([256, 128, 784], true)).toEqual([4, 4]);
    expect(tileOf([32, 128, 784], true)).toEqual([2, 2]);
    expect(tileOf([32, 32, 32], true)).toEqual([2, 1]);
    expect(tileOf([32, 32, 32, 2])).toEqual([16, 8]);
    expect(tileOf([63, 32, 784])).toEqual([8, 8]);
    expect(tileOf([256, 10, 128])).toEqual([16, 3]);
    expect(tileOf([31, 32, 32])).toEqual([4, 4]);
    expect(tileOf([32, 32, 32])).toEqual([8, 8]);
    expect(tileOf([2, 1, 8])).toEqual([2, 1]);
  });
});

test.each([tiled32, tiled64])("a shared tile fits what every device has: %o", (tile) => {
  const side = tile.wx * tile.tn;
  const lanes = tile.wx * tile.wy;
  expect(tile.wy * tile.tm).toBe(side);
  expect(lanes).toBeLessThanOrEqual(256);
  // Both tiles, with two elements of padding a row; the limit is WebGPU's default maxComputeWorkgroupStorageSize.
  expect(2 * tile.tk * (side + 2) * 4).toBeLessThanOrEqual(16384);
  for (const k of [16, 17]) {
    const product = { m: 64, n: 64, k, transposeX: false, transposeY: false };
    const { constants } = familyOf(tile, product);
    const [loads = 0, width = 0] = [constants["A_LOADS"], constants["A_WIDTH"]];
    expect(loads * width * lanes).toBe(side * tile.tk);
    expect(width).toBe(k === 16 ? 4 : 1);
  }
});
