// Where a value lies, as steps know it before any memory is allocated.

import type { Spec } from "../../graph/op.ts";
import { sizeOf } from "../../core/shape.ts";

/** Elements of a type. */
interface Extent {
  readonly dtype: Spec["dtype"];
  readonly size: number;
}

/** In one of the plan's buffers, from a byte on. */
export interface BufferPlace extends Extent {
  readonly in: "buffer";
  readonly index: number;
  readonly offset: number;
}

/** Between the steps of a dispatch, by a number. */
export interface OwnPlace extends Extent {
  readonly in: "dispatch";
  readonly number: number;
}

export type Place = BufferPlace | OwnPlace;

export const extentOf = ({ dtype, shape }: Spec): Extent => ({ dtype, size: sizeOf(shape) });

export const placeKey = (place: Place): string =>
  place.in === "buffer" ? `${place.index} ${place.offset} ${place.size}` : `own ${place.number}`;
