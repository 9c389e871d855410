import { expect, test } from "vitest";
import type { Kernel } from "../../bench/kernels/cases.ts";
import type { KernelOutcome } from "../../bench/kernels/isolated.ts";
import { kernelComplaints, kernelTables } from "../../bench/kernels/report.ts";
import type { Side } from "../../bench/side.ts";

const side = (library: string, median: number, more: Partial<Side> = {}): Side => ({
  library,
  measured: "in rounds",
  firstStep: 90,
  step: { median, min: median / 2, max: median * 2 },
  ratio: undefined,
  ratioOfFastest: undefined,
  difference: undefined,
  algorithm: undefined,
  peakBytes: 1000,
  cost: undefined,
  ...more,
});

const product: Kernel = { kind: "matmul", m: 100, n: 100, k: 50, layout: "NN", batches: 4 };
const rows: Kernel = { kind: "softmax", rows: 1000, columns: 500 };
const difference = { loss: 0, weights: 3e-8 };

const outcome = (
  kernel: Kernel,
  sides: readonly Side[],
  errors: readonly number[],
  deviceTimes: KernelOutcome["deviceTimes"] = [],
): KernelOutcome => ({
  adapter: { name: "an adapter", vendor: "", architecture: "", software: true, reason: "it was there" },
  kernel,
  result: { net: "", rounds: 5, stepsPerRound: 7, sides },
  errors,
  deviceTimes,
  leftOut: [],
});

test("products are told in GFLOP/s, rows in GB/s, by the median", () => {
  const text = kernelTables([
    outcome(
      product,
      [side("ours 1", 2), side("theirs 2", 8, { ratio: 4, ratioOfFastest: 3, difference })],
      [1e-7, 2e-7],
    ),
    outcome(rows, [side("ours 1", 2)], [4e-8]),
  ]);
  // 2·100·100·50·4 = 4 MFLOP in 2 ms; 2·4·500 000 bytes in 2 ms.
  expect(text.split("\n")).toEqual([
    expect.stringContaining("| product, M×N×K | library | GFLOP/s | ms |"),
    expect.stringMatching(/^\| --- /),
    "| NN 100×100×50, 4 at a time | ours 1 | 2.00 | 2.00 (1.00–4.00) | – | – | 5 × 7 | 90.0 | 1e-7, – |",
    "| NN 100×100×50, 4 at a time | theirs 2 | 0.500 | 8.00 (4.00–16.0) | **4.00×** | 3.00× | 5 × 7 | 90.0 | 2e-7, 3e-8 |",
    "",
    expect.stringContaining("| rows | library | GB/s | ms |"),
    expect.stringMatching(/^\| --- /),
    "| softmax 1000×500 | ours 1 | 2.00 | 2.00 (1.00–4.00) | – | – | 5 × 7 | 90.0 | 4e-8, – |",
  ]);
});

test("who is wrong is named: the first by doubles, the others by the first too, and NaN is wrong", () => {
  const complaintsOf = (sides: readonly Side[], ...errors: readonly number[]): string[] =>
    kernelComplaints([outcome(product, sides, errors)]);
  const theirs = (weights: number): Side => side("theirs 2", 8, { difference: { loss: 0, weights } });
  expect(complaintsOf([side("ours 1", 2), theirs(3e-8)], 1e-7, 1e-7)).toEqual([]);
  expect(complaintsOf([side("ours 1", 2)], 0.1)).toEqual([
    "NN 100×100×50, 4 at a time: ours 1's result differs by 0.1 from the exact one, relative.",
  ]);
  expect(complaintsOf([side("ours 1", 2), theirs(0.2)], 1e-7, 1e-7)).toEqual([
    "NN 100×100×50, 4 at a time: theirs 2's result differs by 1e-7 from the exact one and 0.2 from ours 1's, relative.",
  ]);
  expect(complaintsOf([side("ours 1", 2), theirs(NaN)], 1e-7, 1e-7).length).toBe(1);
  expect(complaintsOf([side("ours 1", 2), theirs(3e-8)], NaN, 1e-7).length).toBe(1);
});

test("what a run takes on the device is told beside, of those that can tell, and as a share of the best rate", () => {
  const text = kernelTables([
    outcome(product, [side("ours 1", 2), side("theirs 2", 8)], [1e-7, 2e-7], [0.5]),
    outcome({ ...product, batches: 1 }, [side("ours 1", 2)], [0], [0.25]),
  ]);
  const ends = text.split("\n").map((line) => line.split(" | ").slice(-3).join(" | "));
  expect(ends).toEqual([
    "on the device, ms | GFLOP/s there | of the best there |",
    "---: | ---: | ---: |",
    "0.500 | 8.00 | 100 % |",
    "– | – | – |",
    "0.250 | 4.00 | 50 % |",
  ]);
});
