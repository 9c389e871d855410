import { sum } from "../../src/ops/sum.ts";
import { sumOf } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { reductions } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// The error of a sum grows with its length; the gradient is copied.
opContract(sum, {
  cases: reductions.map(({ shapes, attrs, length }) => ({
    shapes,
    attrs,
    domains: [uniform()],
    tolerance: sumOf(length),
  })),
});
