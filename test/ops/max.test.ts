import { max } from "../../src/ops/max.ts";
import { ulps } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { reductions } from "../support/shapes.ts";
import { apart } from "../support/values.ts";

// An element is chosen: exact. The gradient is divided by the number of ties, 2.5 ULP.
// Every third reduction: the others are min's and sum's, whose kernels differ in a word.
opContract(max, {
  gradient: ulps(2.5),
  cases: reductions
    .filter(({ shapes: [shape] }, i) => !shape.includes(0) && i % 3 === 2)
    .map(({ shapes, attrs }) => ({ shapes, attrs, domains: [apart] })),
});
