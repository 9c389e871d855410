// The benchmark of training steps: nets, in Node or in a browser.

import { openBrowsers } from "./browser.ts";
import { bundleSize } from "./bundle.ts";
import { trainingsOf } from "./choice.ts";
import { conditionsFrom, currentLoad } from "./conditions.ts";
import { nodeCatalogue } from "./contenders/node.ts";
import { gathered, type LeftOut } from "./contestant.ts";
import { processes } from "./isolated.ts";
import type { Result } from "./measure.ts";
import { quickNets, titleOf, type Net, type OptimizerName } from "./nets.ts";
import { paceOf, type Pace } from "./pace.ts";
import type { Part } from "./part.ts";
import type { Place } from "./place.ts";
import { markdown, type Bundle, type Report } from "./report.ts";
import { NETS, sectionOn } from "./section.ts";
import { agrees } from "./side.ts";
import type { Measurer, Outcome } from "./work.ts";

const PACE: Pace = {
  warm: 2,
  rounds: 21,
  fewest: 5,
  budget: 10_000,
  once: 3000,
  skip: 10_000,
  longest: 3000,
  sampling: 1000,
};
// On a software adapter a program goes over to better kernels after some tens of steps: two rounds of them come first, and
// who would make those rounds short is measured once.
const QUICK: Pace = {
  warm: 2,
  rounds: 3,
  fewest: 3,
  budget: 5000,
  once: 250,
  skip: 2000,
  longest: 1500,
  sampling: 500,
};
/** Milliseconds that a quick run may take in all. */
const QUICK_LIMIT = 110_000;

export interface NetOptions {
  readonly on: Place;
  readonly quick: boolean;
  readonly browser: boolean;
  readonly rounds?: number;
  readonly steps?: number;
  readonly nets?: readonly Net[];
  readonly optimizer?: readonly OptimizerName[];
  /** Keys of the catalogue of that place. */
  readonly contenders: readonly string[];
}

export async function measureNets(options: NetOptions): Promise<Part> {
  const load = currentLoad();
  const measurer = options.browser ? await openBrowsers() : processes;
  let measured;
  try {
    measured = await measureAll(options, measurer);
  } finally {
    await measurer.close();
  }
  const { adapter, ...rest } = measured;
  // What a page loads of a library is the same wherever it computes.
  const bundles = options.on === "gpu" ? await bundlesOf(options.contenders, rest.leftOut) : [];
  const report: Report = { ...conditionsFrom(load, adapter, measurer.runtime()), ...rest, bundles };
  return {
    section: sectionOn(NETS[options.on][options.browser ? "browser" : "node"], adapter),
    text: markdown(report),
    data: report,
    complaints: complaintsAbout(report.results),
  };
}

type Measured = Pick<Report, "adapter" | "results" | "unfinished" | "leftOut">;

/** Throws where the time was up before a net was measured. */
async function measureAll(options: NetOptions, measurer: Measurer): Promise<Measured> {
  const { on, quick, contenders } = options;
  const deadline = quick ? performance.now() + QUICK_LIMIT : Infinity;
  // On the CPU the call is the step: there is nothing to sample apart.
  const usual = { ...(quick ? QUICK : PACE), ...(on === "cpu" && { sampling: 0 }) };
  const pace = paceOf(usual, options);
  const outcomes: Outcome[] = [];
  const unfinished: string[] = [];
  for (const training of trainingsOf(options.nets ?? (quick ? quickNets : undefined), options.optimizer)) {
    process.stderr.write(`${titleOf(training)} …\n`);
    const limit = Math.max(0, deadline - performance.now());
    const outcome = await measurer.measure({ training, on, contenders, pace }, limit);
    if (outcome) outcomes.push(outcome);
    else unfinished.push(titleOf(training));
  }
  const [first] = outcomes;
  if (!first) throw new Error("bench: the time was up before a net was measured. Leave out --quick.");
  return {
    adapter: first.adapter,
    results: outcomes.map(({ result }) => result),
    unfinished,
    leftOut: gathered(outcomes.map(({ result, leftOut }) => ({ net: result.net, leftOut }))),
  };
}

async function bundlesOf(chosen: readonly string[], leftOut: readonly LeftOut[]): Promise<Bundle[]> {
  const bundles: Bundle[] = [];
  for (const key of chosen) {
    const { title = "", source } = nodeCatalogue.gpu[key] ?? {};
    const takesPart = !leftOut.some((other) => other.title === title);
    const bytes = source && takesPart ? await bundleSize(source) : undefined;
    if (bytes !== undefined) bundles.push({ library: title, bytes });
  }
  return bundles;
}

/** Names those who do not compute the same. */
const complaintsAbout = (results: readonly Result[]): string[] =>
  results.flatMap(({ net, sides }) =>
    sides.flatMap(({ library, difference }) =>
      !difference || agrees(difference)
        ? []
        : [
            `${net}: ${library}'s losses differ by ${difference.loss} and its weights by ${difference.weights}, relative. No ratio is given.`,
          ],
    ),
  );
