import { broadcast } from "../../src/ops/broadcast.ts";
import { sumOf } from "../support/close.ts";
import { opContract } from "../support/op_contract.ts";
import { fewBinaryShapes } from "../support/shapes.ts";
import { broadcastShapes, sizeOf } from "../../src/core/shape.ts";

// A copy: exact. The gradient is a sum over the copies.
opContract(broadcast, {
  cases: fewBinaryShapes.map(([x, y]) => {
    const shape = broadcastShapes("test", x, y);
    const small = sizeOf(x) < sizeOf(y) ? x : y;
    const copies = sizeOf(shape) / Math.max(1, sizeOf(small));
    return { shapes: [small], attrs: { shape }, gradientTolerance: sumOf(copies, 1.5) };
  }),
});
