import { min } from "../../src/ops/min.ts";
import { ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { reductions } from "../support/shapes.ts";
import { apart } from "../support/values.ts";

// An element is chosen: exact. The gradient is divided by the number of ties, 2.5 ULP. Every fifth reduction: the others
// are max's and sum's, whose kernels differ in a word.
opContract(min, {
  gradient: ulps(2.5),
  cases: reductions
    .filter(({ shapes: [shape] }, i) => !shape.includes(0) && i % 5 === 0)
    .map(({ shapes, attrs }) => ({ shapes, attrs, domains: [apart] })),
});
