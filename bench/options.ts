// The command line of the benchmark.

import { Command, InvalidArgumentError } from "commander";
import { listOf, netOf } from "./choice.ts";
import { nodeCatalogue } from "./contenders/node.ts";
import type { Net, OptimizerName } from "./nets.ts";

export const RESULTS = "docs/results.md";
const NAMES = Object.keys(nodeCatalogue);

export interface Options {
  readonly quick: boolean;
  readonly browser: boolean;
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

export function readOptions(): Options {
  const command = new Command("bench")
    .description("times chainrule's training step against other libraries'")
    .option("--quick", "three rounds, small nets, no slow contenders, under three minutes", false)
    .option("--browser", "measures in headless Chromium instead of Node", false)
    .option("--rounds <count>", "rounds a net (default: 5 to 21 as time allows, or 3 with --quick)", count)
    .option("--nets <list>", "as in 64-32-10@32,784-128-10@256: units and batch size", told(nets))
    .option("--contenders <list>", NAMES.join(","), told(names), NAMES)
    .option("--optimizer <list>", "sgd,adam", told(optimizers))
    .option("--json <file>", "also writes the results as JSON")
    .option("--write", `also writes the section of ${RESULTS}`, false)
    .parse();
  return command.opts<Options>();
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
