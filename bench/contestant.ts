// Who may take part, where it can be loaded.

import type { Library } from "./contender.ts";
import type { Problem } from "./nets.ts";

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

/**
 * Loads those that are chosen by their keys, in that order, and have what a problem takes. Throws RangeError for a key
 * that nobody has.
 */
export async function loadAll(
  catalogue: Readonly<Record<string, Contestant>>,
  keys: readonly string[],
  problem?: Problem,
): Promise<{ readonly libraries: Library[]; readonly leftOut: LeftOut[] }> {
  const libraries: Library[] = [];
  const leftOut: LeftOut[] = [];
  for (const key of keys) {
    const contestant = catalogue[key];
    if (!contestant) throw new RangeError(`bench: nobody here is called ${key}`);
    try {
      const library = await contestant.load();
      const lack = problem && library.lacks?.(problem);
      if (lack !== undefined) throw new Absent(lack);
      libraries.push(library);
    } catch (error) {
      if (!(error instanceof Absent)) throw error;
      leftOut.push({ title: contestant.title, reason: error.message });
    }
  }
  return { libraries, leftOut };
}

/** Who was left out of some measurements or of all, each once; of some, with their names. */
export function gathered(
  measurements: readonly { readonly net: string; readonly leftOut: readonly LeftOut[] }[],
): LeftOut[] {
  const all = measurements.flatMap(({ net, leftOut }) => leftOut.map((one) => ({ net, ...one })));
  const groups = new Map<string, typeof all>();
  for (const one of all) {
    const key = JSON.stringify([one.title, one.reason]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { title, reason } = first;
    const of = group.length < measurements.length ? ` of ${group.map(({ net }) => net).join(" and ")}` : "";
    return [{ title: title + of, reason }];
  });
}
