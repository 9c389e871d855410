// The memory that a program has beside the plan's buffers: for what is computed between the steps of a node.

import { bytesFor } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Spec } from "../../graph/op.ts";
import type { Place } from "./place.ts";

/** Handed out from 0 on, a vector's length at least. */
export class Scratch {
  size = 0;

  placeFor({ dtype, shape }: Spec): Place {
    const offset = this.size;
    this.size += Math.ceil(bytesFor(dtype, sizeOf(shape)) / 16) * 16;
    return { in: "scratch", offset };
  }
}
