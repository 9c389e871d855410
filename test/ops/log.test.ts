import { log } from "../../src/ops/log.ts";
import { absolute, both, ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { unaryShapes } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// WGSL specification: log errs by 2⁻²¹ between 0.5 and 2, by 3 ULP elsewhere; the gradient is a quotient, 2.5 ULP.
opContract(log, {
  value: both(ulps(3), absolute(2 ** -21)),
  gradient: ulps(2.5),
  cases: unaryShapes.map((shapes) => ({ shapes, domains: [uniform(0.2, 5)] })),
});
