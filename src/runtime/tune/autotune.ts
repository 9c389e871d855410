// What a user asks for kernels to be measured with.

import { ValueError } from "../../core/errors.ts";
import type { Autotune } from "../device.ts";
import { isStorage, pageStorage, type TextStorage } from "../storage.ts";
import { ProductTuner } from "./tuner.ts";

export interface AutotuneOptions {
  /** Where what wins is kept, by adapter and version of this library. Default: localStorage where there is one. */
  readonly storage?: TextStorage | undefined;
}

/**
 * For `openDevice({ autotune: autotune() })`: up to six kernels are measured for each product of a program when it is first
 * compiled, instead of one being chosen by rules. It takes some ten seconds on a software adapter, which compiles slowly,
 * and a second or two on a GPU (expected); what is in `storage` is not measured again. Off unless asked for: which kernel wins may differ between
 * machines, and between runs where nothing is kept; on a GPU the last bits of results may differ with it, within the
 * tolerances of `parity`. Storage that fails or holds something else is warned of and left out. Throws ValueError for a
 * storage that is none.
 */
export function autotune({ storage = pageStorage() }: AutotuneOptions = {}): Autotune {
  if (storage && !isStorage(storage))
    throw new ValueError(
      "autotune: storage has no getItem or no setItem. Pass localStorage, or an object with both.",
    );
  return { tunerFor: (device) => new ProductTuner(device, storage) };
}
