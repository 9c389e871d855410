// npm run bench: chainrule's training step against other libraries', on one adapter.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { bundleSize } from "./bundle.ts";
import { trainingsOf } from "./choice.ts";
import { measureApart, workIfAsked, type Outcome } from "./isolated.ts";
import { agrees, type Pace, type Side } from "./measure.ts";
import { titleOf } from "./nets.ts";
import { readOptions, RESULTS } from "./options.ts";
import { currentLoad, markdown, reportOf, type Bundle } from "./report.ts";
import { withSection } from "./section.ts";

const PACE = { rounds: 21, once: 3000, skip: 10_000, longest: 10_000 } satisfies Pace;
const QUICK = { rounds: 3, once: 400, skip: 2000, longest: 800 } satisfies Pace;
/** Milliseconds that a quick run may take in all. */
const QUICK_LIMIT = 160_000;

async function main(): Promise<void> {
  const options = readOptions();
  const { quick, json, write } = options;
  const usual = quick ? QUICK : PACE;
  const pace: Pace = { ...usual, rounds: options.rounds ?? usual.rounds };
  const deadline = quick ? performance.now() + QUICK_LIMIT : Infinity;

  const load = currentLoad();
  const outcomes: Outcome[] = [];
  const unfinished: string[] = [];
  for (const training of trainingsOf(options.nets, options.optimizer)) {
    process.stderr.write(`${titleOf(training)} …\n`);
    const limit = Math.max(0, deadline - performance.now());
    const outcome = await measureApart({ training, contenders: options.contenders, pace }, limit);
    if (outcome) outcomes.push(outcome);
    else unfinished.push(titleOf(training));
  }
  const [first] = outcomes;
  if (!first) throw new Error("bench: the time was up before a net was measured. Leave out --quick.");

  const results = outcomes.map(({ result }) => result);
  const bundles = await bundlesOf(options.contenders, first.result.sides);
  const report = reportOf(first.adapter, load, results, unfinished, bundles);
  const text = markdown(report);
  console.log(text);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (write) {
    const document = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8") : "# Results\n";
    writeFileSync(RESULTS, withSection(document, text));
  }
  for (const { net, sides } of results)
    for (const { library, difference } of sides) {
      if (!difference || agrees(difference)) continue;
      process.stderr.write(
        `bench: ${net}: ${library}'s losses differ by ${difference.loss} and its weights by ${difference.weights}, relative. No ratio is given.\n`,
      );
      process.exitCode = 1;
    }
}

/** A contender's source has its name, and its side its place. */
async function bundlesOf(chosen: readonly string[], sides: readonly Side[]): Promise<Bundle[]> {
  const bundles: Bundle[] = [];
  for (const [i, name] of chosen.entries()) {
    const bytes = await bundleSize(`bench/contenders/${name}.ts`);
    const library = sides[i]?.library;
    if (bytes !== undefined && library !== undefined) bundles.push({ library, bytes });
  }
  return bundles;
}

if (!(await workIfAsked())) await main();
