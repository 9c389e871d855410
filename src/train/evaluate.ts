// A set's loss, metrics and accuracy. The trainer loads this file when it is first asked for them.

import { ShapeError, ValueError } from "../core/errors.ts";
import { hostTensor, type HostTensor } from "../core/host_tensor.ts";
import type { Dataset } from "../data/dataset.ts";
import { accuracyOf } from "./classes.ts";
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
  const { count } = set;
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const parts: HostTensor[] = [];
  const sums = [0, ...names.map(() => 0)];
  for (let at = 0; at < count; at += BATCH) {
    const rows = order.subarray(at, at + BATCH);
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
