// Who may take part, where it can be loaded.

import type { Library } from "./contender.ts";

export interface Contestant {
  /** As a report names it where it does not take part. */
  readonly title: string;
  /** Its source, a path in the repository: what a page would load. Undefined for what runs in no page. */
  readonly source?: string;
  /** Throws Absent where it cannot take part. */
  load(): Promise<Library>;
}

/** Says why somebody does not take part; the others still do. */
export class Absent extends Error {
  override readonly name = "Absent";
}

/** Who is left out, and why. */
export interface LeftOut {
  readonly title: string;
  readonly reason: string;
}

/** Loads those that are chosen by their keys, in that order. Throws RangeError for a key that nobody has. */
export async function loadAll(
  catalogue: Readonly<Record<string, Contestant>>,
  keys: readonly string[],
): Promise<{ readonly libraries: Library[]; readonly leftOut: LeftOut[] }> {
  const libraries: Library[] = [];
  const leftOut: LeftOut[] = [];
  for (const key of keys) {
    const contestant = catalogue[key];
    if (!contestant) throw new RangeError(`bench: nobody here is called ${key}`);
    try {
      libraries.push(await contestant.load());
    } catch (error) {
      if (!(error instanceof Absent)) throw error;
      leftOut.push({ title: contestant.title, reason: error.message });
    }
  }
  return { libraries, leftOut };
}
