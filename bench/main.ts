// npm run bench: chainrule's training step against other libraries', on one adapter.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { listOf, netOf, trainingsOf } from "./choice.ts";
import { contenders } from "./contenders.ts";
import { measureApart, workIfAsked, type Outcome } from "./isolated.ts";
import { agrees, type Pace } from "./measure.ts";
import { titleOf, type Net, type OptimizerName } from "./nets.ts";
import { currentLoad, markdown, reportOf } from "./report.ts";
import { withSection } from "./section.ts";

const RESULTS = "docs/results.md";
const NAMES = Object.keys(contenders);

const PACE = { rounds: 21, once: 3000, skip: 10_000 } satisfies Pace;
const QUICK = { rounds: 3, once: 400, skip: 2000 } satisfies Pace;
/** Milliseconds that a quick run may take in all. */
const QUICK_LIMIT = 160_000;

interface Options {
  readonly quick: boolean;
  readonly rounds?: number;
  readonly nets?: readonly Net[];
  readonly contenders: readonly string[];
  readonly optimizer?: readonly OptimizerName[];
  readonly json?: string;
  readonly write: boolean;
}

const count = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1 up.");
  return Number(text);
};

/** What a reader throws about an argument becomes commander's own complaint. */
const told =
  <Value>(read: (text: string) => Value) =>
  (text: string): Value => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };

async function main(): Promise<void> {
  const command = new Command("bench")
    .description("times chainrule's training step against other libraries' on WebGPU")
    .option("--quick", "three rounds, no slow contenders, under three minutes", false)
    .option("--rounds <count>", `rounds a net (default: ${PACE.rounds})`, count)
    .option("--nets <list>", "as in 64-32-10@32,784-128-10@256: units and batch size", told(nets))
    .option("--contenders <list>", NAMES.join(","), told(names), NAMES)
    .option("--optimizer <list>", "sgd,adam", told(optimizers))
    .option("--json <file>", "also writes the results as JSON")
    .option("--write", `also writes the section of ${RESULTS}`, false)
    .parse();
  const options = command.opts<Options>();
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
  const report = reportOf(first.adapter, load, results, unfinished);
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

function names(text: string): readonly string[] {
  return listOf(text, NAMES);
}

function nets(text: string): readonly Net[] {
  return text.split(",").map(netOf);
}

function optimizers(text: string): readonly OptimizerName[] {
  return listOf(text, ["sgd", "adam"]);
}

if (!(await workIfAsked())) await main();
