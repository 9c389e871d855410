// The kernel for each kind of device and size: a table, no device.

import { describe, expect, test } from "vitest";
import type { Profile } from "../../src/graph/profile.ts";
import { tiled128, tiled64Narrow } from "../../src/ops/matmul_candidates.ts";
import { chooseMatmul, tiled16, tiled32, tiled64, type MatmulChoice } from "../../src/ops/matmul_choice.ts";
import { familyOf } from "../../src/ops/matmul_families.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";

type Sizes = readonly [m: number, n: number, k: number, batches?: number];

const choose = (profile: Profile, [m, n, k, batches = 1]: Sizes): MatmulChoice =>
  chooseMatmul(m, n, k, batches, profile);

const nameOf = (choice: MatmulChoice): string =>
  choice.family === "direct" ? "direct" : `tiled ${choice.wy * choice.tm}×${choice.wx * choice.tn}`;

const onGpu: readonly (readonly [string, Sizes])[] = [
  // enough blocks of 64×64, counted with those that end outside and with the batch
  ["tiled 64×64", [1024, 640, 512]],
  ["tiled 64×64", [961, 577, 16]],
  ["tiled 64×64", [64, 64, 64, 160]],
  ["tiled 64×64", [33, 10240, 16]],
  // fewer, but enough of 32×32
  ["tiled 32×32", [960, 640, 512]],
  ["tiled 32×32", [512, 512, 512]],
  ["tiled 32×32", [64, 64, 64, 64]],
  ["tiled 32×32", [256, 784, 128]],
  ["tiled 32×32", [32, 32, 32, 160]],
  // few
  ["tiled 16×16", [784, 128, 256]],
  ["tiled 16×16", [1024, 128, 784]],
  ["tiled 16×16", [32, 32, 32, 159]],
  // blocks that would be half empty
  ["tiled 32×32", [32, 10240, 16]],
  ["tiled 16×16", [16, 10240, 16]],
  ["tiled 16×16", [4096, 10, 128]],
  ["tiled 16×16", [1, 1, 16]],
  // no sums to share, nothing to sum
  ["tiled 64×64", [4096, 4096, 15]],
  ["tiled 16×16", [1, 1, 1]],
  ["tiled 32×32", [512, 512, 0]],
];

test.each(onGpu)("a GPU: %s for %j", (name, sizes) => {
  expect(nameOf(choose(plainGpu, sizes))).toBe(name);
});

test("parts of a GPU's workgroup share sums that are longer than a tile is deep", () => {
  expect(choose(plainGpu, [64, 64, 17])).toEqual(tiled16);
  expect(choose(plainGpu, [64, 64, 16])).toEqual({ ...tiled16, wz: 1 });
  expect(choose(plainGpu, [512, 512, 17])).toEqual(tiled32);
  expect(choose({ ...plainGpu, subgroups: true }, [512, 512, 10])).toEqual({ ...tiled32, wz: 1 });
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

test.each([tiled16, tiled32, tiled64, tiled64Narrow, tiled128])(
  "a shared tile fits what every device has: %o",
  (tile) => {
    const { wx, wy, wz, tm, tn, tk } = tile;
    const lanes = wx * wy;
    expect(lanes * wz).toBeLessThanOrEqual(256);
    for (const [transposeX, transposeY] of [
      [false, false],
      [true, false],
      [false, true],
    ] as const)
      for (const side of [64, 65]) {
        const { constants } = familyOf(tile, { m: side, n: side, k: side, transposeX, transposeY });
        const { A_LOADS: loadsA = 0, B_LOADS: loadsB = 0, A_WIDTH: width } = constants;
        expect(loadsA * lanes * 4).toBe(wy * tm * tk);
        expect(loadsB * lanes * 4).toBe(wx * tn * tk);
        expect(width).toBe(side === 64 ? 4 : 1);
        // In vectors, with one of padding a row where it lies along K; then the sums of a part, which take their place.
        const vectors = (rows: number, along: boolean): number =>
          along ? rows * (tk / 4 + 1) : (tk * rows) / 4;
        const parts = wz > 1 ? lanes : 0;
        const a = Math.max(wz * vectors(wy * tm, !transposeX), (parts * tm * tn) / 4);
        const b = Math.max(wz * vectors(wx * tn, transposeY), (parts * tn) / 4);
        // WebGPU's default maxComputeWorkgroupStorageSize.
        expect(16 * (a + b)).toBeLessThanOrEqual(16384);
      }
  },
);
