import { sigmoid } from "../../src/ops/sigmoid.ts";
import { ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { unaryShapes } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// WGSL specification: exp errs by 3 + 2·|x| ULP, the quotient by 2.5, sums by 1. The gradient ct·y·(1−y) has both
// factors from there; for |x| ≤ 3, 1 − y is no smaller than 0.047, which turns an error of y ≈ 1 into 20 of 1 − y.
opContract(sigmoid, {
  value: ulps(3 + 2 * 3 + 2.5 + 2),
  gradient: ulps(21 * 4 + 3),
  cases: unaryShapes.map((shapes) => ({ shapes, domains: [uniform(-3, 3)] })),
});
