// Parts of a data set.

import { ValueError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { countOf, type Dataset } from "./dataset.ts";
import { gatherRows } from "./rows.ts";

// A stream of its own: a split and the first epoch's order must not be the same permutation under one seed.
const SPLIT_STREAM = 0x73706c74;

/**
 * A copy of the given examples, in the order of `indices`, repeats allowed.
 * Throws ValueError for no index at all, or one that is not an integer from 0 to N − 1.
 */
export function take(source: Dataset, indices: ArrayLike<number>): Dataset {
  if (indices.length === 0)
    throw new ValueError("take: no indices. Give at least one, a data set has an example.");
  const { x, y, labels, classes, scale } = source;
  const takenY = gatherRows(y, indices);
  return {
    x: gatherRows(x, indices),
    y: takenY,
    ...(scale !== undefined && { scale }),
    ...(labels && { labels: labels === y ? takenY : gatherRows(labels, indices) }),
    ...(classes !== undefined && { classes }),
  };
}

/**
 * Shuffles by `seed` and cuts in two: [train, test]. `train` is a count from 1 to N − 1, or a fraction below 1, of which
 * the count is rounded down. The same seed gives the same parts. Throws ValueError where a part would be empty.
 */
export function split(source: Dataset, train: number, seed = 7): [train: Dataset, test: Dataset] {
  const total = countOf(source);
  // The small addend keeps 0.29 · 100 = 28.999999999999996 from losing an example.
  const count = train < 1 ? Math.floor(train * total + 1e-9) : train;
  if (!Number.isInteger(count) || count < 1 || count >= total)
    throw new ValueError(
      `split: train is ${train} of ${total} examples. Use a count from 1 to ${total - 1}, or a fraction that leaves both parts one.`,
    );
  const order = new Random(seed, SPLIT_STREAM).permutation(total);
  return [take(source, order.subarray(0, count)), take(source, order.subarray(count))];
}
