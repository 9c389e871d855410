import { abs } from "../../src/ops/abs.ts";
import { exact } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { unaryShapes } from "../support/shapes.ts";
import { awayFromZero } from "../support/values.ts";

// A sign bit is dropped: exact.
opContract(abs, {
  value: exact,
  gradient: exact,
  cases: unaryShapes.map((shapes) => ({ shapes, domains: [awayFromZero()] })),
});
