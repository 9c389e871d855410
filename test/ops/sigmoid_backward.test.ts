import { sigmoidBackward } from "../../src/ops/sigmoid_backward.ts";
import { absolute, both, sumOf, ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { fewBinaryShapes, repeats } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// Two products and a difference: a rounding each. In the gradient 1 − 2y cancels.
opContract(sigmoidBackward, {
  value: ulps(3),
  gradient: both(ulps(3), absolute(3 * 2 ** -23)),
  cases: fewBinaryShapes.map((shapes) => ({
    shapes,
    domains: [uniform(0.05, 0.95), uniform()],
    gradientTolerance: sumOf(repeats(shapes), 1.5),
  })),
});
