// npm run bench: chainrule's training step against other libraries', on one adapter, in Node or in a browser.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { openBrowsers } from "./browser.ts";
import { bundleSize } from "./bundle.ts";
import { trainingsOf } from "./choice.ts";
import { nodeCatalogue } from "./contenders/node.ts";
import type { LeftOut } from "./contestant.ts";
import { processes, workIfAsked } from "./isolated.ts";
import { agrees, type Pace, type Result } from "./measure.ts";
import { quickNets, titleOf } from "./nets.ts";
import { readOptions, RESULTS, type Options } from "./options.ts";
import { currentLoad, markdown, reportOf, type Bundle, type Report } from "./report.ts";
import { IN_BROWSER, IN_NODE, withSection } from "./section.ts";
import type { Measurer, Outcome } from "./work.ts";

const PACE: Pace = { rounds: 21, fewest: 5, budget: 15_000, once: 3000, skip: 10_000, longest: 3000 };
const QUICK: Pace = { rounds: 3, fewest: 3, budget: 5000, once: 400, skip: 2000, longest: 800 };
/** Milliseconds that a quick run may take in all. */
const QUICK_LIMIT = 160_000;

async function main(): Promise<void> {
  const options = readOptions();
  const load = currentLoad();
  const measurer = options.browser ? await openBrowsers() : processes;
  let measured;
  try {
    measured = await measureAll(options, measurer);
  } finally {
    await measurer.close();
  }
  const bundles = await bundlesOf(options.contenders, measured.leftOut);
  const report = reportOf(load, { ...measured, runtime: measurer.runtime(), bundles });
  const { json, write, browser } = options;
  const text = markdown(report);
  console.log(text);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (write) {
    const document = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8") : "# Results\n";
    writeFileSync(RESULTS, withSection(document, browser ? IN_BROWSER : IN_NODE, text));
  }
  complain(report.results);
}

type Measured = Pick<Report, "adapter" | "results" | "unfinished" | "leftOut">;

/** Throws where the time was up before a net was measured. */
async function measureAll(options: Options, measurer: Measurer): Promise<Measured> {
  const { quick, contenders } = options;
  const deadline = quick ? performance.now() + QUICK_LIMIT : Infinity;
  const usual = quick ? QUICK : PACE;
  const pace = options.rounds ? { ...usual, rounds: options.rounds, fewest: options.rounds } : usual;
  const outcomes: Outcome[] = [];
  const unfinished: string[] = [];
  for (const training of trainingsOf(options.nets ?? (quick ? quickNets : undefined), options.optimizer)) {
    process.stderr.write(`${titleOf(training)} …\n`);
    const limit = Math.max(0, deadline - performance.now());
    const outcome = await measurer.measure({ training, contenders, pace }, limit);
    if (outcome) outcomes.push(outcome);
    else unfinished.push(titleOf(training));
  }
  const [first] = outcomes;
  if (!first) throw new Error("bench: the time was up before a net was measured. Leave out --quick.");
  const { adapter, leftOut } = first;
  return { adapter, leftOut, results: outcomes.map(({ result }) => result), unfinished };
}

async function bundlesOf(chosen: readonly string[], leftOut: readonly LeftOut[]): Promise<Bundle[]> {
  const bundles: Bundle[] = [];
  for (const key of chosen) {
    const { title = "", source } = nodeCatalogue[key] ?? {};
    const takesPart = !leftOut.some((other) => other.title === title);
    const bytes = source && takesPart ? await bundleSize(source) : undefined;
    if (bytes !== undefined) bundles.push({ library: title, bytes });
  }
  return bundles;
}

/** Names those who do not compute the same; the program fails then. */
function complain(results: readonly Result[]): void {
  for (const { net, sides } of results)
    for (const { library, difference } of sides) {
      if (!difference || agrees(difference)) continue;
      process.stderr.write(
        `bench: ${net}: ${library}'s losses differ by ${difference.loss} and its weights by ${difference.weights}, relative. No ratio is given.\n`,
      );
      process.exitCode = 1;
    }
}

if (!(await workIfAsked())) await main();
