// A kernel that is wrong in one place is caught by the self-test, and named. Its text is changed on the way to the driver;
// programs are planned for a GPU, whose kernels are those of both families.

import { expect, test } from "vitest";
import { selfTest } from "../../src/inspect/self_test.ts";
import { asGpuDevice } from "../support/device.ts";
import { mutatedDevice } from "../support/mutated_device.ts";

test("a device that changes nothing passes", async () => {
  const { device, changed } = mutatedDevice(await asGpuDevice(), (code) => code);
  const report = await selfTest(device);
  expect(report.ok, String(report)).toBe(true);
  expect(changed.size).toBe(0);
});

/** What is wrong, in kernels of which label and text, and which row of the report fails first. */
type Mutation = readonly [what: string, where: RegExp, from: string | RegExp, to: string, first: string];

// One kernel each: every changed text is a pipeline more.
const plain = /^#\d+ matmul \(matmul_tiled\.wgsl\)[^]*WX: u32 = 4u[^]*A_ALONG: u32 = 0u[^]*BATCHED: u32 = 0u/;
// Not the largest tiles: an emulated adapter compiles them for seconds.
const tiled = /\(matmul_tiled\.wgsl\)[^]*WX: u32 = 8u[^]*TM: u32 = 4u/;
const rows = /^#\d+ sum·.*softmax.*\(reduce\.wgsl\)/;
const long = /^#\d+ sum \(reduce\.wgsl\)/;
const far = /^#\d+ sigmoid·sigmoidBackward \(/;

const mutations: readonly Mutation[] = [
  ["a product of the other sign", plain, /\+= (a_\w+ \* b_\w+)/g, "-= $1", "xᵀ·y"],
  ["a sum without its last terms", plain, "first_k < params.k", "first_k + 19u < params.k", "xᵀ·y"],
  ["terms past the end", plain, /select\(vec4<f32>\(\), (load_[ab]\(.*\)), inside\)/g, "$1", "xᵀ·y"],
  ["a last column that is not stored", plain, /n < params\.n\)/g, "n + 1u < params.n)", "xᵀ·y"],
  ["σ′ = y(1 + y)", /·sigmoidBackward·/, "ct * y * (1.0 - y)", "ct * y * (1.0 + y)", "derivative of sigmoid"],
  [
    "a NaN that is swallowed",
    far,
    "-abs(x)",
    "-abs(clamp(x, -80.0, 80.0))",
    "sigmoid far from 0, and of NaN",
  ],
  ["a sigmoid that overflows", far, "-abs(x)", "-x", "sigmoid far from 0, and of NaN"],
  ["totals of half a row", rows, /var half = LANES \/ 2u/g, "var half = LANES / 4u", "sum of each row"],
  // Lanes that an emulated adapter runs together wait for each other anyway; the others do not.
  ["no barrier between lanes", long, /workgroupBarrier\(\);/g, "", "sum of a long row"],
  ["no barrier between tiles", tiled, /workgroupBarrier\(\);/g, "", "x·y in shared tiles"],
  [
    "a weight that moves the other way",
    /^#\d+ gather·.*sgd/,
    /return w - learning_rate/g,
    "return w + learning_rate",
    "3 training steps: params.w1",
  ],
  ["bytes that are read in pairs", /^#\d+ gather \(/, /& 3u\) \*/g, "& 2u) *", "rows of bytes, picked"],
];

test.each(mutations)("%s", async (_, where, from, to, first) => {
  const { device, changed } = mutatedDevice(await asGpuDevice(), (code, label) =>
    where.test(`${label}\n${code}`) ? code.replace(from, to) : code,
  );
  const report = await selfTest(device);
  expect(changed.size).toBeGreaterThan(0);
  expect(report.ok).toBe(false);
  expect(report.rows.find(({ ok }) => !ok)?.name).toBe(first);
});
