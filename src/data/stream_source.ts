// Batches that are fetched as they are needed, for sets that are larger than the device's memory.

import { ValueError } from "../core/errors.ts";
import { positiveInteger } from "../core/option.ts";
import { countOf, dataset, type Dataset } from "./dataset.ts";
import { batches, shuffledRows } from "./sampler.ts";
import { take } from "./split.ts";
import { checkBatch, kindOf, type BatchKind } from "./stream_batch.ts";

/** Examples by number, in files, say. */
export interface ExampleSource {
  /** Number of examples, N. */
  readonly length: number;
  /** The examples with these numbers, from 0 to N − 1, in this order. */
  batch(rows: Uint32Array): Dataset | Promise<Dataset>;
}

export type Batches = Iterable<Dataset> | AsyncIterable<Dataset>;

/** A data set or another source of examples, which are shuffled by the trainer; or batches, in an order of their own. */
export type StreamSource = Dataset | ExampleSource | Batches | ((epoch: number) => Batches);

const SOURCES =
  "Pass a data set, { length, batch(rows) }, batches that can be iterated, or a function that makes such.";

export interface BatchOrder {
  readonly batchSize: number;
  readonly seed: number;
  /** Counted from 0. */
  readonly epoch: number;
}

/**
 * Examples of an epoch; Infinity where only its end tells. Throws what `dataset` throws, and ValueError for what is no
 * source, or has a length that is no positive integer.
 */
export function lengthOf(source: StreamSource): number {
  const found: unknown = source;
  if (found === null || (typeof found !== "object" && typeof found !== "function"))
    throw new ValueError(`stream: the source is ${String(found)}. ${SOURCES}`);
  if ("x" in source) return countOf(dataset(source));
  if ("batch" in source) return positiveInteger("stream: length", source.length);
  if (typeof source !== "function" && !(Symbol.iterator in source) && !(Symbol.asyncIterator in source))
    throw new ValueError(`stream: the source has ${Object.keys(source).join(", ") || "nothing"}. ${SOURCES}`);
  return Infinity;
}

/** The batches of an epoch, each checked: an error names the batch. All are of `kind`, or of that of the first. */
export async function* batchesOf(
  source: StreamSource,
  { batchSize, seed, epoch }: BatchOrder,
  kind: BatchKind | undefined,
): AsyncGenerator<Dataset> {
  let number = 0;
  for await (const { given, rows } of fetched(source, { batchSize, seed, epoch })) {
    const batch = checkBatch(number++, given, { batchSize, rows, kind });
    kind ??= kindOf(batch);
    yield batch;
  }
  if (number === 0)
    throw new ValueError(
      `fit: the stream gave no batch in epoch ${epoch + 1}. Pass what can be read again, such as a function that makes a generator.`,
    );
}

interface Fetched {
  readonly given: Dataset;
  /** How many examples were asked for. */
  readonly rows: number | undefined;
}

async function* fetched(
  source: StreamSource,
  { batchSize, seed, epoch }: BatchOrder,
): AsyncGenerator<Fetched> {
  if ("x" in source || "batch" in source) {
    const count = "x" in source ? countOf(source) : source.length;
    for (const rows of batches(shuffledRows(count, seed, epoch), batchSize))
      yield { given: "x" in source ? take(source, rows) : await source.batch(rows), rows: rows.length };
  } else
    for await (const given of typeof source === "function" ? source(epoch) : source)
      yield { given, rows: undefined };
}
