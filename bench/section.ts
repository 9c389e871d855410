// The marked sections of a document that a program writes.

import type { AdapterFacts } from "./adapter_facts.ts";
import type { Place } from "./place.ts";

export interface Section {
  /** In the comments that mark its start and its end. */
  readonly mark: string;
  readonly title: string;
  /** What writes it. */
  readonly command: string;
}

export const IN_NODE: Section = {
  mark: "bench",
  title: "Benchmark",
  command: "npm run bench -- --write",
};
export const IN_BROWSER: Section = {
  mark: "bench:browser",
  title: "Benchmark in a browser",
  command: "npm run bench:browser -- --write",
};
/** Of the benchmark of training steps, by where contenders compute and what runs them. */
export const NETS: Readonly<Record<Place, Readonly<Record<"node" | "browser", Section>>>> = {
  gpu: { node: IN_NODE, browser: IN_BROWSER },
  cpu: {
    node: {
      mark: "bench:cpu",
      title: "Benchmark on the CPU",
      command: "npm run bench -- --on cpu --only nets --write",
    },
    browser: {
      mark: "bench:cpu:browser",
      title: "Benchmark on the CPU, in a browser",
      command: "npm run bench:browser -- --on cpu --write",
    },
  },
};

/** What was measured on a GPU has a section of its own beside what was on an emulated one. */
export const sectionOn = (section: Section, adapter: AdapterFacts | undefined): Section =>
  !adapter || adapter.software
    ? section
    : { ...section, mark: `${section.mark}:hardware`, title: `${section.title}: a GPU` };

/** The document with what lies between the section's marks replaced, or appended where there are none. */
export function withSection(document: string, { mark, title, command }: Section, text: string): string {
  const [begin, end] = [`<!-- ${mark}:start -->`, `<!-- ${mark}:end -->`];
  const section = `${begin}\n\n## ${title}\n\nWritten by \`${command}\`.\n\n${text}\n\n${end}`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from >= 0 && to >= 0) return document.slice(0, from) + section + document.slice(to + end.length);
  return `${document.trimEnd()}\n\n${section}\n`.trimStart();
}
