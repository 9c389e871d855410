import { pick } from "../../src/ops/pick.ts";
import { opContract } from "../support/op_contract.ts";
import { indices, uniform } from "../support/values.ts";

// A copy: exact, and so is the gradient.
opContract(pick, {
  cases: [
    { shapes: [[5], []], domains: [uniform(), indices(5)] },
    { shapes: [[1, 1], [1]], domains: [uniform(), indices(1)] },
    { shapes: [[4, 10], [4]], domains: [uniform(), indices(10)] },
    { shapes: [[67, 2], [67]], domains: [uniform(), indices(2)] },
    {
      shapes: [
        [2, 3, 4, 5],
        [2, 3, 4],
      ],
      domains: [uniform(), indices(5)],
    },
    { shapes: [[0, 3], [0]], domains: [uniform(), indices(3)] },
    { title: "an i32 index", shapes: [[4, 10], [4]], domains: [uniform(), indices(10, "i32")] },
  ],
});
