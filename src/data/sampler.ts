// The order in which an epoch visits the examples.

import { ValueError } from "../core/errors.ts";
import { positiveInteger } from "../core/option.ts";
import { Random } from "../core/random.ts";

// Epochs take the upper half of the seed's streams; the lower half is left to weights, dropout and the like.
const EPOCH_STREAMS = 2 ** 31;

/**
 * The rows 0 … n − 1 in the order of one epoch (from 0): a function of its arguments alone, so training resumes at any
 * epoch. Throws ValueError for n below 1 and for an epoch that is not an integer from 0 to 2^31 − 1.
 */
export function shuffledRows(n: number, seed: number, epoch: number): Uint32Array {
  positiveInteger("shuffledRows: n", n);
  if (!Number.isInteger(epoch) || epoch < 0 || epoch >= EPOCH_STREAMS)
    throw new ValueError(`shuffledRows: epoch is ${epoch}. Use an integer from 0 to 2147483647.`);
  return new Random(seed, EPOCH_STREAMS + epoch).permutation(n);
}

/**
 * Cuts rows into batches of `batchSize`, views of `rows`; the last one holds what is left.
 * Throws ValueError for a size that is not an integer from 1 up.
 */
export function batches(rows: Uint32Array, batchSize: number): Uint32Array[] {
  positiveInteger("batches: batchSize", batchSize);
  return Array.from({ length: Math.ceil(rows.length / batchSize) }, (_, i) =>
    rows.subarray(i * batchSize, (i + 1) * batchSize),
  );
}
