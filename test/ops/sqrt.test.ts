import { sqrt } from "../../src/ops/sqrt.ts";
import { ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { unaryShapes } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// WGSL specification: sqrt inherits from 1.0 / inverseSqrt(x), which err by 2.5 and 2 ULP; the gradient divides again.
opContract(sqrt, {
  value: ulps(4.5),
  gradient: ulps(8),
  cases: unaryShapes.map((shapes) => ({ shapes, domains: [uniform(0.2, 3)] })),
});
