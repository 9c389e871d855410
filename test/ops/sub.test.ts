import { sub } from "../../src/ops/sub.ts";
import { sumOf, ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { fewBinaryShapes, repeats } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// WGSL specification, "Accuracy of expressions": correctly rounded, to either neighbour. Gradients of what was broadcast are
// sums of that many terms.
opContract(sub, {
  value: ulps(1),
  gradient: ulps(1),
  cases: fewBinaryShapes.map((shapes) => ({
    shapes,
    domains: [uniform()],
    gradientTolerance: sumOf(repeats(shapes), 1.5),
  })),
});
