// The command line: what can be chosen, its defaults, and what is refused.

import { Command, InvalidArgumentError, Option } from "commander";
import { backends, type OpenOptions } from "chainrule";

export interface Options {
  /** A folder of IDX files; undefined for the digits that come with the repository. */
  readonly data: string | undefined;
  /** Units of each hidden layer, from inputs to outputs. */
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Undefined: WebGPU, where it is there. */
  readonly backend: OpenOptions["backend"];
  readonly out: string;
}

/** 1,437 images make an epoch of 45 steps, 60,000 one of 1,875: the small set needs more of them. */
const DIGITS = { hidden: [32], epochs: 40 };
const IDX = { hidden: [128], epochs: 5 };

const whole =
  (low: number, high: number) =>
  (text: string): number => {
    const value = numberFrom(text);
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Use an integer from ${low} to ${high}.`);
  };

function learningRate(text: string): number {
  const value = numberFrom(text);
  if (value > 0 && value < Infinity) return value;
  throw new InvalidArgumentError("Use a finite number above 0, such as 0.5.");
}

function hidden(text: string): number[] {
  const sizes = text.split(",").map(numberFrom);
  if (sizes.every((size) => Number.isInteger(size) && size >= 1)) return sizes;
  throw new InvalidArgumentError("Use integers from 1 up, separated by commas, such as 128,64.");
}

// Number("") is 0, and an option given as nothing is a slip.
const numberFrom = (text: string): number => (text.trim() === "" ? NaN : Number(text));

function path(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("Give a path.");
}

/** For options whose default depends on the data. */
const either = (what: string, digits: unknown, idx: unknown): string =>
  `${what} (default: ${String(digits)}, or ${String(idx)} with --data)`;

/** The program with its options; `parse` ends the process with one line on stderr where one is wrong. */
function program(): Command {
  return new Command("train")
    .description("Trains a network of sigmoid units on images of handwritten digits, and saves its weights.")
    .option(
      "--data <dir>",
      "a folder with the IDX files of MNIST or a set like it: train-images-idx3-ubyte[.gz] … (default: the 8x8 digits that come along)",
      path,
    )
    .option(
      "--hidden <sizes>",
      either("units of the hidden layers, such as 128,64", DIGITS.hidden, IDX.hidden),
      hidden,
    )
    .option(
      "--epochs <count>",
      either("how often each image is seen", DIGITS.epochs, IDX.epochs),
      whole(1, 1_000_000),
    )
    .option("--batch-size <count>", "images a step", whole(1, 1_000_000), 32)
    .option("--learning-rate <rate>", "length of a step along a batch's mean gradient", learningRate, 2)
    .option("--seed <number>", "decides the first weights and the order of images", whole(0, 2 ** 32 - 1), 7)
    .addOption(
      new Option("--backend <name>", "what computes (default: webgpu where it is there, else auto)").choices(
        backends,
      ),
    )
    .option("--out <file>", "where the weights go, as safetensors", path, "weights.safetensors")
    .allowExcessArguments(false)
    .configureOutput({ outputError: (text, write) => write(`${text.trim().replace(/\s*\n\s*/g, " ")}\n`) });
}

export function parseOptions(args: readonly string[]): Options {
  const chosen = program()
    .parse(args, { from: "user" })
    .opts<Omit<Options, "data" | "backend" | keyof typeof DIGITS> & Partial<Options>>();
  return { data: undefined, backend: undefined, ...(chosen.data === undefined ? DIGITS : IDX), ...chosen };
}
