import { square } from "../../src/ops/square.ts";
import { ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { unaryShapes } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// WGSL specification, "Accuracy of expressions": a product is correctly rounded, to either neighbour.
opContract(square, {
  value: ulps(1),
  gradient: ulps(2),
  cases: unaryShapes.map((shapes) => ({ shapes, domains: [uniform(-3, 3)] })),
});
