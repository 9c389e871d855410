// From outputs to classes: which is the largest, how often it is the right one, and which was taken for which.

import type { HostArray } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { formatShape } from "../core/shape.ts";
import type { Dataset } from "../data/dataset.ts";

/** The number of the largest element of each row of (N, classes); the first at ties. */
export function argmaxRows({ data, shape }: HostTensor): Int32Array {
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2)
    throw new ShapeError(`argmaxRows: expected (N, classes), got ${formatShape(shape)}. Reshape it.`);
  return Int32Array.from({ length: rows }, (_, row) => argmax(data, row * columns, columns));
}

function argmax(data: HostArray, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if ((data[start + i] ?? NaN) > (data[start + best] ?? NaN)) best = i;
  return best;
}

/** Share of rows whose largest element is at the label. */
export function accuracyOf(predictions: HostTensor, set: Dataset): number | undefined {
  if (!set.labels || predictions.shape.length !== 2) return undefined;
  const { data: labels } = set.labels;
  const correct = argmaxRows(predictions).reduce((sum, guess, row) => sum + Number(guess === labels[row]), 0);
  return correct / labels.length;
}

/** counts[label][guess]: row by true class, column by predicted class. */
export function confusionMatrix(predictions: HostTensor, labels: HostTensor): number[][] {
  const classes = predictions.shape[1] ?? 0;
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  argmaxRows(predictions).forEach((guess, row) => {
    const line = counts[labels.data[row] ?? 0];
    if (line) line[guess] = (line[guess] ?? 0) + 1;
  });
  return counts;
}
