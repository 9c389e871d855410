import { softmax } from "../../src/ops/softmax.ts";
import { absolute, both, ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { rows } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// WGSL specification: exp(x − m) errs by 3 + 2·|x − m| ULP, for each term of the sum too, the quotient by 2.5. The gradient
// subtracts Σ ct∘y, of size 1, which has the same error: absolute.
const relative = 2 * (3 + 2 * 4) + 2.5;
opContract(softmax, {
  value: ulps(relative),
  gradient: both(ulps(relative), absolute(1.5 * (relative + 8) * 2 ** -23)),
  cases: rows.map(({ shapes, attrs }) => ({ shapes, attrs, domains: [uniform(-2, 2)] })),
});
