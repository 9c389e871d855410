// npm run bench: chainrule against other libraries on one adapter: training steps, single kernels, and how a step grows.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { workOnGrowthIfAsked } from "./growth/isolated.ts";
import { measureAllGrowth } from "./growth/part.ts";
import { workIfAsked } from "./isolated.ts";
import { workOnKernelIfAsked } from "./kernels/isolated.ts";
import { measureKernels } from "./kernels/part.ts";
import { measureNets } from "./nets_part.ts";
import { readOptions, RESULTS, type Options, type PartName } from "./options.ts";
import type { Part } from "./part.ts";
import { withSection } from "./section.ts";

const measurers: Readonly<Record<PartName, (options: Options) => Promise<Part>>> = {
  nets: (options) => measureNets({ ...options, contenders: options.contenders.nets }),
  kernels: (options) => measureKernels({ ...options, contenders: options.contenders.kernels }),
  growth: (options) => measureAllGrowth({ ...options, contenders: options.contenders.growth }),
};

async function main(): Promise<void> {
  const options = readOptions();
  const data: Partial<Record<PartName, object>> = {};
  for (const name of options.only) {
    const part = await measurers[name](options);
    data[name] = part.data;
    console.log(`\n## ${part.section.title}\n\n${part.text}`);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(data, null, 2)}\n`);
    if (options.write) write(part);
    for (const complaint of part.complaints) {
      process.stderr.write(`bench: ${complaint}\n`);
      process.exitCode = 1;
    }
  }
}

function write({ section, text }: Part): void {
  const document = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8") : "# Results\n";
  writeFileSync(RESULTS, withSection(document, section, text));
}

const isWorker = (await workIfAsked()) || (await workOnKernelIfAsked()) || (await workOnGrowthIfAsked());
if (!isWorker) await main();
