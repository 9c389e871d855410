// npm run bench: chainrule's training step against TensorFlow.js's, on one adapter, in one process.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { shareAdapter } from "./adapter.ts";
import { chainrule } from "./chainrule.ts";
import { measure, type Result } from "./measure.ts";
import { nameOf, nets, problemOf } from "./nets.ts";
import { currentLoad, markdown, reportOf, withSection } from "./report.ts";
import { tensorflow } from "./tensorflow.ts";

const RESULTS = "docs/results.md";

interface Options {
  readonly quick: boolean;
  readonly rounds?: number;
  readonly json?: string;
  readonly write: boolean;
}

const count = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1 up.");
  return Number(text);
};

const command = new Command("bench")
  .description("times chainrule's training step against TensorFlow.js's webgpu backend")
  .option("--quick", "three rounds", false)
  .option("--rounds <count>", "rounds a net (default: 21)", count)
  .option("--json <file>", "also writes the results as JSON")
  .option("--write", `also writes the section of ${RESULTS}`, false)
  .parse();
const { quick, rounds = quick ? 3 : 21, json, write } = command.opts<Options>();

const load = currentLoad();
const adapter = await shareAdapter();
const libraries = [await chainrule(), await tensorflow()] as const;
const results: Result[] = [];
for (const net of nets) {
  process.stderr.write(`${nameOf(net)} …\n`);
  results.push(await measure(libraries, problemOf(net), rounds));
}

const report = reportOf(adapter, load, results);
const text = markdown(report);
console.log(text);
if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
if (write) {
  const document = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8") : "# Results\n";
  writeFileSync(RESULTS, withSection(document, text));
}
for (const { net, difference, ratio } of results) {
  if (ratio !== undefined) continue;
  process.stderr.write(
    `bench: ${net}: the losses differ by ${difference.loss} and the weights by ${difference.weights}, relative. No ratio is given.\n`,
  );
  process.exitCode = 1;
}
