import { expect, test } from "vitest";
import { bundleSize } from "../../bench/bundle.ts";

/** Bytes, minified and gzipped; what other versions of zlib make of it differs by some. */
const LARGEST = 40_000;
const TOLERANCE = 100;

test("a page that trains a perceptron of two layers loads at most 40 kB", async () => {
  const bytes = await bundleSize("test/bench/mlp_page.ts");
  console.info(`script of a page that trains: ${bytes} bytes, minified and gzipped`);
  // The library is in it at all.
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThanOrEqual(LARGEST + TOLERANCE);
});
