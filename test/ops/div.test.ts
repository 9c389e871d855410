import { div } from "../../src/ops/div.ts";
import { sumOf, ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { fewBinaryShapes, repeats } from "../support/shapes.ts";
import { awayFromZero, uniform } from "../support/values.ts";

// WGSL specification: a quotient errs by 2.5 ULP. The gradient by y is made of two of them and a product, and what was
// broadcast is a sum.
opContract(div, {
  value: ulps(2.5),
  gradient: ulps(6),
  cases: fewBinaryShapes.map((shapes) => ({
    shapes,
    domains: [uniform(-2, 2), awayFromZero(0.5, 2)],
    gradientTolerance: sumOf(repeats(shapes), 12),
  })),
});
