import { exp } from "../../src/ops/exp.ts";
import { ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { unaryShapes } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// WGSL specification, "Accuracy of built-in functions": exp errs by 3 + 2·|x| ULP.
opContract(exp, {
  value: ulps(3 + 2 * 3),
  gradient: ulps(3 + 2 * 3 + 1),
  cases: unaryShapes.map((shapes) => ({ shapes, domains: [uniform(-3, 3)] })),
});
