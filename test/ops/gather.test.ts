import { gather } from "../../src/ops/gather.ts";
import { sumOf } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { indices, uniform } from "../support/values.ts";

// A copy: exact. Rows that are picked more than once add up in the gradient, at most all of them.
opContract(gather, {
  cases: [
    { shapes: [[5, 3], [4]], domains: [uniform(), indices(5)], gradientTolerance: sumOf(4, 1.5) },
    { shapes: [[5, 3], [67]], domains: [uniform(), indices(5)], gradientTolerance: sumOf(67, 1.5) },
    { shapes: [[7], [9]], domains: [uniform(), indices(7)], gradientTolerance: sumOf(9, 1.5) },
    { shapes: [[4, 2, 3, 5], [3]], domains: [uniform(), indices(4)], gradientTolerance: sumOf(3, 1.5) },
    { shapes: [[1, 1], [1]], domains: [uniform(), indices(1)] },
    {
      shapes: [
        [5, 3],
        [2, 4],
      ],
      domains: [uniform(), indices(5)],
      gradientTolerance: sumOf(8, 1.5),
    },
    { shapes: [[5, 3], []], domains: [uniform(), indices(5)] },
    { shapes: [[5, 3], [0]], domains: [uniform(), indices(5)] },
    {
      title: "rows as i32",
      shapes: [[5, 3], [4]],
      domains: [uniform(), indices(5, "i32")],
      gradientTolerance: sumOf(4, 1.5),
    },
    { title: "of whole numbers", shapes: [[5, 3], [4]], domains: [indices(99, "i32"), indices(5)] },
  ],
});
