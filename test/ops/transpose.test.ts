import { transpose } from "../../src/ops/transpose.ts";
import { opContract } from "../support/op_contract.ts";
import { indices } from "../support/values.ts";

// The same numbers elsewhere: exact.
opContract(transpose, {
  cases: [
    { shapes: [[]], attrs: { permutation: [] } },
    { shapes: [[67]], attrs: { permutation: [0] } },
    { shapes: [[1, 5]], attrs: { permutation: [1, 0] } },
    { shapes: [[13, 10]], attrs: { permutation: [1, 0] } },
    { shapes: [[3, 4, 5]], attrs: { permutation: [0, 2, 1] } },
    { shapes: [[3, 4, 5]], attrs: { permutation: [2, 0, 1] } },
    { shapes: [[2, 3, 4, 5]], attrs: { permutation: [3, 1, 0, 2] } },
    { shapes: [[0, 3]], attrs: { permutation: [1, 0] } },
    { title: "of whole numbers", shapes: [[5, 7]], attrs: { permutation: [1, 0] }, domains: [indices(99)] },
  ],
});
