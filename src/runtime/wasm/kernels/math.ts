// Functions that WebAssembly has no instruction for, on four f32 at once. Errors are the largest found over evenly spaced
// arguments (test/runtime/wasm/math.test.ts), in units in the last place.

import type { Code, Operand } from "../emit/code.ts";
import { f32x4, i32x4, v128, type Opcode } from "../emit/opcodes.ts";

/** 1.5·2²³: adding it rounds to a whole number, which its last bits then hold. */
const ROUND = 12582912;
const ROUND_BITS = 0x4b400000;

/** x·y + z, rounded twice: the same bits everywhere. */
const times = (code: Code, x: Operand, y: Operand, z: Operand): Operand =>
  code.apply(f32x4.add, [code.apply(f32x4.mul, [x, y]), z]);

/** Horner's rule, the highest coefficient first. */
function polynomial(code: Code, x: Operand, [first = 0, ...rest]: readonly number[]): Operand {
  return rest.reduce((sum, c) => times(code, sum, x, code.floats(c)), code.floats(first));
}

/**
 * eˣ, 1 ULP: x = n·log 2 + r with |r| ≤ ½ log 2, a polynomial for eʳ (Cephes, S. Moshier, `expf`), and 2ⁿ in two factors,
 * so that results below the normal numbers and infinity come out by themselves. NaN stays NaN.
 */
export function exp(code: Code, x: Operand): Operand {
  const on = (op: Opcode, ...operands: Operand[]): Operand => code.apply(op, operands);
  const clamped = on(f32x4.pmin, on(f32x4.pmax, x, code.floats(-104)), code.floats(89));
  const shifted = times(code, clamped, code.floats(Math.LOG2E), code.floats(ROUND));
  const n = on(f32x4.sub, shifted, code.floats(ROUND));
  const high = times(code, n, code.floats(-0.693359375), clamped);
  const r = times(code, n, code.floats(2.1219444e-4), high);
  const p = polynomial(
    code,
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  );
  const power = on(f32x4.add, times(code, on(f32x4.mul, r, r), p, r), code.floats(1));
  const whole = on(i32x4.sub, shifted, code.integers(ROUND_BITS));
  const half = on(i32x4.shrS, whole, code.integer(1));
  const rest = on(i32x4.sub, whole, half);
  return on(f32x4.mul, on(f32x4.mul, power, powerOfTwo(code, half)), powerOfTwo(code, rest));
}

/** 2ⁿ for whole n from -126 to 127. */
function powerOfTwo(code: Code, n: Operand): Operand {
  const biased = code.apply(i32x4.add, [n, code.integers(127)]);
  return code.apply(i32x4.shl, [biased, code.integer(23)]);
}

/** 1/(1+e⁻ˣ). */
export function sigmoid(code: Code, x: Operand): Operand {
  const below = exp(code, code.apply(f32x4.neg, [x]));
  return code.apply(f32x4.div, [code.floats(1), code.apply(f32x4.add, [below, code.floats(1)])]);
}

/** tanh x: the odd polynomial of Cephes' `tanhf` near 0, where 1 − e⁻²ˣ would cancel, and the exponential form elsewhere. */
export function tanh(code: Code, x: Operand): Operand {
  const on = (op: Opcode, ...operands: Operand[]): Operand => code.apply(op, operands);
  const z = on(f32x4.mul, x, x);
  const p = polynomial(
    code,
    z,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  );
  const near = times(code, on(f32x4.mul, p, z), x, x);
  const size = on(f32x4.abs, x);
  const e = exp(code, on(f32x4.mul, size, code.floats(-2)));
  const one = code.floats(1);
  const far = on(f32x4.div, on(f32x4.sub, one, e), on(f32x4.add, one, e));
  const sign = on(v128.and, x, code.floats(-0));
  const isNear = on(f32x4.lt, size, code.floats(0.625));
  return on(v128.bitselect, near, on(v128.or, far, sign), isNear);
}

/**
 * log x: x = 2ᵉ·m with m from √½ to √2, and Cephes' polynomial of `logf` for log m. −∞ at 0 and NaN below; numbers
 * below the normal ones are scaled first.
 */
export function log(code: Code, x: Operand): Operand {
  const on = (op: Opcode, ...operands: Operand[]): Operand => code.apply(op, operands);
  const isSmall = on(f32x4.lt, x, code.floats(2 ** -126));
  const normal = on(v128.bitselect, on(f32x4.mul, x, code.floats(2 ** 24)), x, isSmall);
  // From the bits of √½ on, so that m is never far from 1.
  const fromRoot = on(i32x4.sub, normal, code.integers(0x3f3504f3));
  const exponent = on(i32x4.shrS, fromRoot, code.integer(23));
  const m = on(i32x4.sub, normal, on(i32x4.shl, exponent, code.integer(23)));
  const e = on(f32x4.sub, on(i32x4.toF32S, exponent), on(v128.and, isSmall, code.floats(24)));
  const r = on(f32x4.sub, m, code.floats(1));
  const z = on(f32x4.mul, r, r);
  const p = polynomial(
    code,
    r,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  );
  const cubic = on(f32x4.mul, on(f32x4.mul, p, z), r);
  const low = times(code, e, code.floats(-2.1219444e-4), cubic);
  const tail = times(code, z, code.floats(-0.5), low);
  const finite = times(code, e, code.floats(0.693359375), on(f32x4.add, r, tail));
  // What is no positive finite number is its own logarithm, but for 0 and what is below.
  const keeps = on(f32x4.lt, x, code.floats(Infinity));
  const known = on(v128.bitselect, finite, x, keeps);
  const pole = on(v128.bitselect, code.floats(-Infinity), known, on(f32x4.eq, x, code.floats(0)));
  return on(v128.bitselect, code.floats(NaN), pole, on(f32x4.lt, x, code.floats(0)));
}
