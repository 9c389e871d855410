// A batch of a stream, checked against those before it.

import { ChainruleError, ShapeError, ValueError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import { countOf, dataset, type Dataset } from "./dataset.ts";

/** What all batches of a stream have alike, but for the number of rows. */
export interface BatchKind {
  readonly x: Omit<HostTensor, "data">;
  readonly y: Omit<HostTensor, "data">;
  readonly scale: number;
}

/** What a batch must be like. */
interface Expected {
  readonly batchSize: number;
  readonly rows: number | undefined;
  readonly kind: BatchKind | undefined;
}

export const kindOf = ({ x, y, scale = 1 }: Dataset): BatchKind => ({
  x: { shape: x.shape, dtype: x.dtype },
  y: { shape: y.shape, dtype: y.dtype },
  scale,
});

/** Throws what `dataset` throws, with the number of the batch, and ShapeError or ValueError where it is not as expected. */
export function checkBatch(number: number, given: Dataset, { batchSize, rows, kind }: Expected): Dataset {
  try {
    if (given === null || typeof given !== "object")
      throw new ValueError(`it is ${String(given)}. Give a data set: { x, y }.`);
    const batch = dataset(given);
    const count = countOf(batch);
    if (rows !== undefined && count !== rows)
      throw new ShapeError(
        `x is ${formatShape(batch.x.shape)}, but ${rows} examples were asked for. Give these.`,
      );
    if (count > batchSize)
      throw new ShapeError(
        `x is ${formatShape(batch.x.shape)}, more rows than batchSize (${batchSize}). Split it, or raise batchSize.`,
      );
    if (kind) {
      for (const name of ["x", "y"] as const) checkAlike(name, batch[name], kind[name]);
      const { scale = 1 } = batch;
      if (scale !== kind.scale)
        throw new ValueError(`scale is ${scale}, but was ${kind.scale}. Give all batches the same.`);
    }
    return batch;
  } catch (error) {
    if (error instanceof ChainruleError) error.message = `fit: batch ${number}: ${error.message}`;
    throw error;
  }
}

function checkAlike(name: string, got: HostTensor, like: BatchKind["x"]): void {
  const spec = ({ dtype, shape }: BatchKind["x"]): string => `${dtype}${formatShape(shape)}`;
  if (got.dtype !== like.dtype || !sameShape(got.shape.slice(1), like.shape.slice(1)))
    throw new ShapeError(
      `${name} is ${spec(got)}, but was ${spec(like)} in the first batch. Let only the number of rows differ.`,
    );
}
