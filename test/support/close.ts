// Comparison of tensors: |got − want| ≤ atol + rtol·|want|; NaN equals NaN, an infinity itself.

import { expect } from "vitest";
import type { HostTensor } from "../../src/core/host_tensor.ts";

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** Below the smallest normal f32 a device may flush to 0 (WGSL specification, "Floating point evaluation"). */
const SMALLEST = 1.2e-38;

/** Equal, but for numbers that a device may flush to 0. */
export const exact: Tolerance = { rtol: 0, atol: 0 };

/** n units in the last place: at most n·2⁻²³ of the value. */
export const ulps = (n: number): Tolerance => ({ rtol: n * 2 ** -23, atol: 0 });

export const absolute = (atol: number): Tolerance => ({ rtol: 0, atol });

/**
 * A sum of n f32 terms of at most `magnitude`, in any order: λ·√n·u·Σ|terms|, with λ = 2, u = 2⁻²⁴ (Higham and Mary 2019,
 * "A new approach to probabilistic rounding error analysis", theorem 2.4), and `magnitude` is the largest term, not the
 * average one, so that λ = 2 leaves room.
 */
export const sumOf = (n: number, magnitude = 1): Tolerance => ({
  rtol: ulps(1).rtol,
  atol: 2 * Math.sqrt(n) * 2 ** -24 * n * magnitude,
});

/** Errors of one expression after another add up. */
export const both = (p: Tolerance, q: Tolerance): Tolerance => ({
  rtol: p.rtol + q.rtol,
  atol: p.atol + q.atol,
});

/** The elements that differ, in words; empty where the tensors agree. */
export function mismatches(got: HostTensor, want: HostTensor, { rtol, atol }: Tolerance): string[] {
  if (got.shape.join() !== want.shape.join())
    return [`the shape is [${got.shape.join()}], not [${want.shape.join()}]`];
  if (got.data.length !== want.data.length)
    return [`there are ${got.data.length} elements, not ${want.data.length}`];
  const bad: string[] = [];
  for (let i = 0; i < want.data.length; i++) {
    const x = got.data[i] ?? NaN;
    const y = want.data[i] ?? NaN;
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    if (!(Math.abs(x - y) <= atol + SMALLEST + rtol * Math.abs(y)) || !Number.isFinite(y))
      bad.push(`element ${i} is ${x}, not ${y}`);
  }
  return bad;
}

export function expectClose(got: HostTensor, want: HostTensor, tolerance: Tolerance, what = "result"): void {
  const bad = mismatches(got, want, tolerance);
  const more = bad.length > 5 ? [`and ${bad.length - 5} more`] : [];
  expect([...bad.slice(0, 5), ...more], `${what} (atol ${tolerance.atol}, rtol ${tolerance.rtol})`).toEqual(
    [],
  );
}
