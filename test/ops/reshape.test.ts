import { reshape } from "../../src/ops/reshape.ts";
import { opContract } from "../support/op_contract.ts";

// The same numbers: exact.
opContract(reshape, {
  cases: [
    { shapes: [[]], attrs: { shape: [1, 1] } },
    { shapes: [[1]], attrs: { shape: [] } },
    { shapes: [[67]], attrs: { shape: [67, 1] } },
    { shapes: [[2, 3, 4, 5]], attrs: { shape: [6, 20] } },
    { shapes: [[13, 10]], attrs: { shape: [130] } },
    { shapes: [[3, 5]], attrs: { shape: [3, 5] } },
    { shapes: [[0, 3]], attrs: { shape: [5, 0] } },
  ],
});
