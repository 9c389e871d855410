import { logSoftmax } from "../../src/ops/log_softmax.ts";
import { absolute, both, ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { rows } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// WGSL specification: log errs by 2⁻²¹ or 3 ULP; the relative error of its argument, 3 + 2·|x − m| ULP of exp, adds to it.
// In the gradient Σ ct is a sum of at most 130 terms, and exp(y) errs by as much as y.
const error = 2 ** -21 + (3 + 2 * 4 + 8) * 2 ** -23;
opContract(logSoftmax, {
  value: both(ulps(3), absolute(error)),
  gradient: both(ulps(3), absolute(130 * 0.05 * (error + (3 + 2 * 8) * 2 ** -23))),
  cases: rows.map(({ shapes, attrs }) => ({ shapes, attrs, domains: [uniform(-2, 2)] })),
});
