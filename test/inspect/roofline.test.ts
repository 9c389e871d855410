// The roofline, by hand.

import { expect, test } from "vitest";
import { roofOver } from "../../src/inspect/roofline.ts";

/** 100 GFLOP/s and 10 GB/s meet at 10 FLOPs for each byte. */
const ceilings = { gigaflopsPerSecond: 100, gigabytesPerSecond: 10 };

test.each([
  // 2·10⁸ FLOPs take 2 ms at best, 10⁷ bytes 1 ms
  [2e8, 1e7, 4, "compute", 0.5],
  [2e8, 1e7, 1, "compute", 2],
  // 5·10⁷ FLOPs take 0.5 ms at best, 10⁷ bytes 1 ms
  [5e7, 1e7, 4, "memory", 0.25],
  // a copy
  [0, 1e7, 1, "memory", 1],
] as const)(
  "%d FLOPs and %d bytes in %d ms work under %s, at %d",
  (flops, bytes, milliseconds, bound, of) => {
    const roof = roofOver(ceilings, { flops, bytes, milliseconds });
    expect(roof.bound).toBe(bound);
    expect(roof.ofCeiling).toBeCloseTo(of, 12);
  },
);

test("the roof is the intensity's: min(compute, memory × FLOPs for each byte)", () => {
  for (const [flops, bytes] of [
    [1e6, 1e6],
    [1e6, 1e5],
    [1e6, 1e3],
  ] as const) {
    const milliseconds = 3;
    const attainable = Math.min(100, (10 * flops) / bytes);
    const { ofCeiling } = roofOver(ceilings, { flops, bytes, milliseconds });
    expect(ofCeiling).toBeCloseTo(flops / milliseconds / 1e6 / attainable, 12);
  }
});
