// The command line of the benchmark.

import { Command, InvalidArgumentError } from "commander";
import { listOf, netOf } from "./choice.ts";
import { nodeCatalogue } from "./contenders/node.ts";
import { axes } from "./growth/axes.ts";
import { kernelsNamed, type Kernel } from "./kernels/cases.ts";
import { kernelLibraries } from "./kernels/libraries.ts";
import type { Net, OptimizerName } from "./nets.ts";
import { PLACES, type Place } from "./place.ts";

export const RESULTS = "docs/results.md";

const PARTS = ["nets", "kernels", "growth"] as const;
export type PartName = (typeof PARTS)[number];

/** Who may take part in what. */
const NAMES: Readonly<Record<Place, Readonly<Record<PartName, readonly string[]>>>> = {
  gpu: {
    nets: Object.keys(nodeCatalogue.gpu),
    kernels: Object.keys(kernelLibraries.gpu),
    growth: Object.keys(nodeCatalogue.gpu),
  },
  cpu: { nets: Object.keys(nodeCatalogue.cpu), kernels: Object.keys(kernelLibraries.cpu), growth: [] },
};
const AXES = axes.map(({ name }) => name);
const namesOn = (place: Place): string[] => [...new Set(PARTS.flatMap((part) => NAMES[place][part]))];
const ALL_NAMES = [...new Set(PLACES.flatMap(namesOn))];

/** As they are given. */
interface Given {
  readonly on: Place;
  readonly quick: boolean;
  readonly browser: boolean;
  readonly only?: readonly PartName[];
  readonly rounds?: number;
  readonly steps?: number;
  readonly nets?: readonly Net[];
  readonly kernels?: readonly Kernel[];
  readonly axes?: readonly string[];
  readonly contenders?: readonly string[];
  readonly optimizer?: readonly OptimizerName[];
  readonly json?: string;
  readonly write: boolean;
}

export interface Options extends Omit<Given, "only" | "contenders"> {
  readonly only: readonly PartName[];
  /** For each part those of the chosen ones that take part in it. */
  readonly contenders: Readonly<Record<PartName, readonly string[]>>;
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

export function readOptions(): Options {
  const command = new Command("bench")
    .description("times chainrule against other libraries: training steps, kernels, and how a step grows")
    .option(
      "--quick",
      "three rounds, nothing large, no slow contenders, no growth, under three minutes",
      false,
    )
    .option(
      "--on <place>",
      "gpu: chainrule on WebGPU against whom it may replace; cpu: in WebAssembly, against those on the CPU; without growth",
      told(place),
      "gpu" as const,
    )
    .option("--browser", "measures nets in headless Chromium instead of Node", false)
    .option(
      "--only <list>",
      `${PARTS.join(",")} (default: all, or those of which some are named)`,
      told(parts),
    )
    .option("--rounds <count>", "rounds each (default: 5 to 21 as time allows, or 3 with --quick)", count)
    .option("--steps <count>", "steps, or runs of a kernel, of a round at most (default: 200)", count)
    .option(
      "--nets <list>",
      "as in 64-32-10@32,784-128-10+norm@256: units (with layer norms), batch size",
      told(nets),
    )
    .option("--kernels <list>", 'as in "TN 784x128,softmax": what their names contain', told(kernelsNamed))
    .option("--axes <list>", AXES.join(","), told(axesNamed))
    .option(
      "--contenders <list>",
      `${namesOn("gpu").join(",")}; on the CPU ${namesOn("cpu").join(",")} (default: all; chainrule for growth)`,
      told(names),
    )
    .option("--optimizer <list>", "sgd,adam", told(optimizers))
    .option("--json <file>", "also writes the results as JSON")
    .option("--write", `also writes the sections of ${RESULTS}`, false)
    .parse();
  try {
    return chosen(command.opts<Given>());
  } catch (error) {
    return command.error(error instanceof Error ? error.message : String(error));
  }
}

/** What is measured, and with whom. Throws RangeError where a part has nobody left, or is not to be had in a browser. */
export function chosen(given: Given): Options {
  const { on, browser, quick, contenders } = given;
  const named = { nets: given.nets, kernels: given.kernels, growth: given.axes };
  const some = PARTS.filter((part) => named[part]);
  const isUsual = (part: PartName): boolean =>
    browser ? part === "nets" : part !== "growth" || (on === "gpu" && !quick);
  const usual = PARTS.filter(isUsual);
  const only = given.only ?? (some.length > 0 ? some : usual);
  const away = only.find((part) => browser && part !== "nets");
  if (away) throw new RangeError(`${away} is measured in Node alone. Leave out --browser.`);
  if (on === "cpu" && only.includes("growth"))
    throw new RangeError("growth is measured on a GPU alone. Leave out --on cpu.");
  const taking = (part: PartName): readonly string[] => {
    if (!contenders) return part === "growth" ? ["chainrule"] : NAMES[on][part];
    const known = contenders.filter((name) => NAMES[on][part].includes(name));
    if (known.length > 0 || !only.includes(part)) return known;
    throw new RangeError(`${contenders.join(", ")}: nobody of them takes part in ${part}.`);
  };
  return {
    ...given,
    only,
    contenders: { nets: taking("nets"), kernels: taking("kernels"), growth: taking("growth") },
  };
}

function axesNamed(text: string): readonly string[] {
  return listOf(text, AXES);
}

function parts(text: string): readonly PartName[] {
  return listOf(text, PARTS);
}

function place(text: string): Place {
  const [name = "gpu"] = listOf(text, PLACES);
  return name;
}

function names(text: string): readonly string[] {
  return listOf(text, ALL_NAMES);
}

function nets(text: string): readonly Net[] {
  return text.split(",").map(netOf);
}

function optimizers(text: string): readonly OptimizerName[] {
  return listOf(text, ["sgd", "adam"]);
}
