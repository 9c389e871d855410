// What a program does, one after the other: data that knows values by their places.

import type { Node } from "../../graph/op.ts";
import type { KernelText } from "./kernel_text.ts";
import type { BufferPlace, OwnPlace, Place } from "./place.ts";

export type Step = KernelStep | ReferenceStep | RecordStep;

export interface KernelStep {
  readonly kind: "kernel";
  readonly kernel: KernelText;
  readonly output: OwnPlace;
}

/** An op by its reference, in JavaScript's memory. */
export interface ReferenceStep {
  readonly kind: "reference";
  readonly node: Node;
  readonly inputs: readonly Place[];
  readonly outputs: readonly OwnPlace[];
}

/** Metrics go to row (step mod capacity) of a ring, and the step is counted. */
export interface RecordStep {
  readonly kind: "record";
  readonly capacity: number;
  readonly ring: Place;
  readonly step: Place;
  readonly metrics: readonly Place[];
  readonly nextRing: OwnPlace;
  readonly nextStep: OwnPlace;
}

/** The steps of a dispatch, and what is brought into the plan's buffers after the last of them. */
export interface Steps {
  readonly steps: readonly Step[];
  readonly results: readonly { readonly from: Place; readonly to: BufferPlace }[];
}
