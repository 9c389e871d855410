// How far a tensor is from what it should be.

import type { HostTensor } from "../core/host_tensor.ts";

export interface Difference {
  /** Largest |got − expected|, where, and both there. Infinity where one is NaN and the other is not. */
  readonly maxError: number;
  readonly at: number;
  readonly got: number;
  readonly expected: number;
  /** The largest finite |expected|, for scale. */
  readonly scale: number;
  /** ‖got − expected‖ / ‖expected‖; the absolute norm where that is 0. */
  readonly relativeL2: number;
}

/** NaN equals NaN, and an infinity itself. */
export function difference(got: HostTensor, expected: HostTensor): Difference {
  let maxError = 0;
  let at = 0;
  let scale = 0;
  let errorSquares = 0;
  let squares = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const y = expected.data[i] ?? NaN;
    const x = got.data[i] ?? NaN;
    const distance = Object.is(x, y) || x === y ? 0 : Math.abs(x - y);
    const error = Number.isNaN(distance) ? Infinity : distance;
    if (error > maxError) [maxError, at] = [error, i];
    errorSquares += error * error;
    if (!Number.isFinite(y)) continue;
    scale = Math.max(scale, Math.abs(y));
    squares += y * y;
  }
  return {
    maxError,
    at,
    got: got.data[at] ?? NaN,
    expected: expected.data[at] ?? NaN,
    scale,
    relativeL2: Math.sqrt(squares > 0 ? errorSquares / squares : errorSquares),
  };
}
