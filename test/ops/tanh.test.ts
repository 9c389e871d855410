import { tanh } from "../../src/ops/tanh.ts";
import { absolute, ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { unaryShapes } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// exp(−2|x|) errs by 3 + 4·|x| ULP but counts for little where it is small; sums and a quotient (2.5 ULP) follow. The
// gradient 1 − tanh² cancels: twice the error of tanh, times a cotangent of at most 1.5, absolute.
opContract(tanh, {
  value: ulps(8),
  gradient: absolute(1.5 * 2 * 8 * 2 ** -23),
  cases: unaryShapes.map((shapes) => ({ shapes, domains: [uniform(-3, 3)] })),
});
