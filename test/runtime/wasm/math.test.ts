// How far the polynomials are from the functions, in units in the last place, over evenly spaced arguments and at the ends.

import { expect, test } from "vitest";
import { compile } from "../../../src/compile.ts";
import type { Tensor } from "../../../src/trace/tensor.ts";
import { spec } from "../../../src/trace/trace.ts";
import { wasmDevice } from "../../support/device.ts";

const COUNT = 200_003;

/** One unit in the last place of a number, as an f32. */
function unit(x: number): number {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(x))));
  return 2 ** (exponent - 23);
}

async function errorOf(
  f: (x: Tensor) => Tensor,
  exact: (x: number) => number,
  [low, high]: readonly [number, number],
): Promise<number> {
  const x = Float32Array.from({ length: COUNT }, (_, i) => low + ((high - low) * i) / (COUNT - 1));
  const program = await compile(await wasmDevice(), f, spec([COUNT]));
  program.run(x);
  const { data } = await program.outputs.read();
  program.dispose();
  let most = 0;
  data.forEach((y: number, i: number) => {
    const want = exact(x[i] ?? NaN);
    most = Math.max(most, Math.abs(y - want) / unit(want));
  });
  return most;
}

test.each([
  ["exp", (x: Tensor) => x.exp(), Math.exp, [-87, 88], 1.01],
  ["exp near 0", (x: Tensor) => x.exp(), Math.exp, [-1, 1], 1.01],
  ["sigmoid", (x: Tensor) => x.sigmoid(), (x: number) => 1 / (1 + Math.exp(-x)), [-87, 30], 2.6],
  ["tanh", (x: Tensor) => x.tanh(), Math.tanh, [-12, 12], 2.6],
  ["tanh near 0", (x: Tensor) => x.tanh(), Math.tanh, [-0.7, 0.7], 2.6],
  ["log", (x: Tensor) => x.log(), Math.log, [1e-3, 1000], 1.01],
  ["log near 1", (x: Tensor) => x.log(), Math.log, [0.5, 2], 1.01],
] as const)("%s errs by no more than it says", async (_, f, exact, range, most) => {
  const error = await errorOf(f, exact, range);
  console.info(`${_}: ${error.toFixed(3)} ULP`);
  expect(error).toBeLessThan(most);
  // It computes in f32: an error of nothing would mean that nothing was compared.
  expect(error).toBeGreaterThan(0.3);
});
