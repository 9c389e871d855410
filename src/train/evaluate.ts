// From predictions to numbers: loss, accuracy, and which class was taken for which.

import { ShapeError, ValueError } from "../core/errors.ts";
import type { HostArray } from "../core/dtype.ts";
import { hostTensor, type HostTensor } from "../core/host_tensor.ts";
import { formatShape } from "../core/shape.ts";
import { countOf, type Dataset } from "../data/dataset.ts";
import { batches } from "../data/sampler.ts";
import { namedValues } from "./epoch_meter.ts";
import type { MetricValues } from "./options.ts";
import type { ResidentSet } from "./resident_set.ts";

const BATCH = 1000;

export interface Evaluation {
  /** Mean over the examples. */
  readonly loss: number;
  readonly metrics: MetricValues;
  /** Share of examples whose largest output is that of their class; undefined where the set has no labels. */
  readonly accuracy: number | undefined;
  /** What the model gave: (N, outputs). */
  readonly predictions: HostTensor;
}

/** `source` is what `set` holds; `names` are those of the metrics. */
export async function evaluate(
  set: ResidentSet,
  source: Dataset,
  names: readonly string[],
): Promise<Evaluation> {
  const count = countOf(source);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const parts: HostTensor[] = [];
  const sums = [0, ...names.map(() => 0)];
  for (const rows of batches(order, Math.min(BATCH, count))) {
    const program = await set.evaluation(rows.length);
    program.run(undefined, undefined, { rows });
    const [prediction, ...values] = await program.read();
    values.forEach(({ data }, i) => (sums[i] = (sums[i] ?? 0) + (data[0] ?? NaN) * rows.length));
    parts.push(prediction);
  }
  const predictions = concatenateRows(parts);
  const [loss = NaN, ...metrics] = sums.map((sum) => sum / count);
  return {
    loss,
    metrics: namedValues(names, metrics),
    accuracy: accuracyOf(predictions, source),
    predictions,
  };
}

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
  return correct / countOf(set);
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

/** Predictions of batches as one tensor. */
function concatenateRows(parts: readonly HostTensor[]): HostTensor {
  const [first] = parts;
  if (!first) throw new ValueError("evaluate: the set is empty. Give it at least one row.");
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  if (first.shape.length === 0)
    throw new ShapeError("evaluate: the model gives a scalar. It must give (B, …).");
  return hostTensor(data, [rows, ...first.shape.slice(1)]);
}
