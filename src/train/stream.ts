// What makes a source of batches one that a trainer fits. An import of its own: a page whose sets stay on the device loads
// nothing of it.

import { lengthOf, type StreamSource } from "../data/stream_source.ts";
import type { Feed } from "./epoch.ts";
import type { Training } from "./step_program.ts";
import { StreamedSet } from "./streamed_set.ts";

export interface Stream {
  /** For trainers: what it holds on their device. */
  open(training: Training): Feed;
}

/**
 * A set that is not kept on the device, for `trainer.fit`: while a step is computed the next batch is fetched and written.
 * The same examples in the same order give the same bits as a set that is kept. It takes the memory of two batches.
 * Throws what `dataset` throws, and ValueError for what is no source.
 */
export function stream(source: StreamSource): Stream {
  const count = lengthOf(source);
  return { open: (training) => new StreamedSet(training, source, count) };
}
