// The marked section of a document that a program writes.

const BEGIN = "<!-- bench:start -->";
const END = "<!-- bench:end -->";

/** The document with the section between the marks replaced, or appended where there is none. */
export function withSection(document: string, text: string): string {
  const section = `${BEGIN}\n\n## Benchmark\n\nWritten by \`npm run bench -- --write\`.\n\n${text}\n\n${END}`;
  const from = document.indexOf(BEGIN);
  const to = document.indexOf(END, from);
  if (from >= 0 && to >= 0) return document.slice(0, from) + section + document.slice(to + END.length);
  return `${document.trimEnd()}\n\n${section}\n`.trimStart();
}
