// What a trainer holds of the sets and streams that it was given: each is taken up once.

import { cached } from "../core/cached.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Feed } from "./epoch.ts";
import { residentSet, type ResidentSet } from "./resident_set.ts";
import type { Training } from "./step_program.ts";
import type { Stream } from "./stream.ts";

export interface Feeds {
  /** Uploads a set that is new, and throws what `dataset` throws. */
  resident(source: Dataset): ResidentSet;
  of(source: Dataset | Stream): Feed;
  release(source: Dataset | Stream): Promise<void>;
  dispose(): Promise<void>;
}

export function feedsOf(training: Training): Feeds {
  const taken = new Map<Dataset | Stream, Feed>();
  const feeds: Feeds = {
    resident: (source) => cached(taken, source, () => residentSet(training, source)) as ResidentSet,
    of: (source) =>
      "open" in source ? cached(taken, source, () => source.open(training)) : feeds.resident(source),
    async release(source) {
      const feed = taken.get(source);
      taken.delete(source);
      await feed?.dispose();
    },
    async dispose() {
      for (const source of taken.keys()) await feeds.release(source);
    },
  };
  return feeds;
}
