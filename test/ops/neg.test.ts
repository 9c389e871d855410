import { neg } from "../../src/ops/neg.ts";
import { exact } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { unaryShapes } from "../support/shapes.ts";
import { uniform } from "../support/values.ts";

// A sign bit is flipped: exact.
opContract(neg, {
  value: exact,
  gradient: exact,
  cases: unaryShapes.map((shapes) => ({ shapes, domains: [uniform()] })),
});
