// What a program does, one after the other: data that knows values by their places, before any memory is allocated.

import type { Node } from "../../graph/op.ts";
import type { Kernel } from "./kernels/kernel.ts";
import type { Place } from "./place.ts";
import type { ProductDimensions } from "./product_dimensions.ts";

export type Step = KernelStep | ProductStep | ReferenceStep;

export interface KernelStep {
  readonly kind: "kernel";
  readonly kernel: Kernel;
}

export interface ProductStep {
  readonly kind: "product";
  readonly a: Place;
  readonly b: Place;
  /** Undefined: each block goes to the epilogue alone. */
  readonly c: Place | undefined;
  readonly picks: Picks | undefined;
  readonly dimensions: ProductDimensions;
  readonly epilogue: Kernel | undefined;
}

/** Rows of A that are picked by number, instead of all in order. */
export interface Picks {
  readonly rows: Place;
  /** Where A holds bytes: what each is multiplied by. */
  readonly scale: number | undefined;
}

/** An op by its reference, on views of the memory. */
export interface ReferenceStep {
  readonly kind: "reference";
  readonly node: Node;
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
}
