import { relu } from "../../src/ops/relu.ts";
import { exact } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { unaryShapes } from "../support/shapes.ts";
import { awayFromZero } from "../support/values.ts";

// A choice between the argument and 0: exact.
opContract(relu, {
  value: exact,
  gradient: exact,
  cases: unaryShapes.map((shapes) => ({ shapes, domains: [awayFromZero()] })),
});
