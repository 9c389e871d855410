// What one part of the benchmark hands back: words, and what they were made from.

import type { Section } from "./section.ts";

export interface Part {
  /** Where the words belong. */
  readonly section: Section;
  readonly text: string;
  /** For JSON. */
  readonly data: object;
  /** Who did not compute the same, in words; the program fails then. */
  readonly complaints: readonly string[];
}
