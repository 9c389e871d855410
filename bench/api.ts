// What carries a contender's work to a GPU, as far as it can be watched from outside: by its classes' methods.

import type { MemoryMeter } from "./memory.ts";

export const CALLS = ["dispatches", "passes", "submits", "writes", "buffers", "bindGroups"] as const;
export type Call = (typeof CALLS)[number];

export interface Api {
  /** The method that makes each call, and the prototype it is on; what the API does not have is left out. */
  calls(): Readonly<Partial<Record<Call, readonly [prototype: object, method: string]>>>;
  /** The arguments of a dispatch with nothing left to compute. */
  empty(args: readonly unknown[]): unknown[];
  /** Charges what is allocated from now on to a meter, until what it gives is called. */
  charge(meter: MemoryMeter): () => void;
}
