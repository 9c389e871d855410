// npm run bench: chainrule's training step against other libraries', on one adapter, in Node or in a browser.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { workIfAsked } from "./isolated.ts";
import { measureNets } from "./nets_part.ts";
import { readOptions, RESULTS } from "./options.ts";
import type { Part } from "./part.ts";
import { withSection } from "./section.ts";

async function main(): Promise<void> {
  const options = readOptions();
  const part = await measureNets(options);
  console.log(part.text);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(part.data, null, 2)}\n`);
  if (options.write) write(part);
  for (const complaint of part.complaints) {
    process.stderr.write(`bench: ${complaint}\n`);
    process.exitCode = 1;
  }
}

function write({ section, text }: Part): void {
  const document = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8") : "# Results\n";
  writeFileSync(RESULTS, withSection(document, section, text));
}

if (!(await workIfAsked())) await main();
