// What a trainer holds of the sets and streams that it was given: each is taken up once.

import { cached } from "../core/cached.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Feed } from "./epoch.ts";
import { ResidentSet } from "./resident_set.ts";
import type { Training } from "./step_program.ts";
import type { Stream } from "./stream.ts";

export class Feeds {
  private readonly training: Training;
  private readonly feeds = new Map<Dataset | Stream, Feed>();

  constructor(training: Training) {
    this.training = training;
  }

  /** Uploads a set that is new, and throws what `dataset` throws. */
  resident(source: Dataset): ResidentSet {
    return cached(this.feeds, source, () => new ResidentSet(this.training, source)) as ResidentSet;
  }

  of(source: Dataset | Stream): Feed {
    if (!("open" in source)) return this.resident(source);
    return cached(this.feeds, source, () => source.open(this.training));
  }

  async release(source: Dataset | Stream): Promise<void> {
    const feed = this.feeds.get(source);
    this.feeds.delete(source);
    await feed?.dispose();
  }

  async dispose(): Promise<void> {
    for (const source of this.feeds.keys()) await this.release(source);
  }
}
