// A kernel that was made for a plan.

import type { Place } from "../place.ts";

export interface Kernel {
  /** The function, as bytes: its rows are any from 0 to `count`. */
  readonly body: readonly number[];
  /** Pointers that it reads where `params` points to. */
  readonly words: readonly Place[];
  readonly count: number;
  /** Elements that one of its rows takes. */
  readonly weight: number;
}
