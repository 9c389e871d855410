// Examples with their targets, checked once so that training need not look again.

import { expectDType } from "../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { expectFinite, isHostTensor, type HostTensor } from "../core/host_tensor.ts";
import { positiveInteger } from "../core/option.ts";
import { formatShape } from "../core/shape.ts";

/** N examples; row i of every tensor belongs to example i. */
export interface Dataset {
  /** (N, ...features) f32, or u8: bytes stay bytes on the device too. */
  readonly x: HostTensor;
  /** What bytes are multiplied by as they are read, 1/255 say. Default 1. */
  readonly scale?: number;
  /** Targets: (N, ...values) f32, for classes one-hot (N, classes); or (N) i32 labels. */
  readonly y: HostTensor;
  /** (N) i32, from 0 up. */
  readonly labels?: HostTensor;
  readonly classes?: number;
}

/** A data set in two parts, the second of which training does not see. */
export interface TrainTest {
  readonly train: Dataset;
  readonly test: Dataset;
}

/** Number of examples, N. */
export const countOf = ({ x }: Dataset): number => x.shape[0] ?? 0;

/**
 * The same data, checked; nothing is copied. i32 targets serve as `labels` where none are given.
 * Throws ShapeError where N differs between tensors, is 0, or one-hot columns differ from `classes`; DTypeError for x
 * other than f32 or u8, y other than f32 or i32, labels other than i32; ValueError for NaN, infinity, labels out of range,
 * a scale of 0, and an x or y that is no tensor.
 */
export function dataset(source: Dataset): Dataset {
  for (const name of ["x", "y"] as const)
    if (!isHostTensor(source[name]))
      throw new ValueError(
        `dataset: ${name} is ${String(source[name])}. Pass a tensor: tensor(rows), say; or batches: stream(source).`,
      );
  const { x, y, classes, scale } = source;
  const labels = source.labels ?? (y.dtype === "i32" ? y : undefined);
  expectDType("dataset", "x", x.dtype, "f32", "u8");
  checkScale(x, scale);
  expectDType("dataset", "y", y.dtype, "f32", "i32");
  const count = x.shape[0];
  if (!count)
    throw new ShapeError(
      `dataset: x is ${formatShape(x.shape)}. Give it at least one row: (N, ...features) with N >= 1.`,
    );
  if (y.shape[0] !== count) throw countMismatch(x, "y", y);
  if (classes !== undefined) positiveInteger("dataset: classes", classes);
  if (labels) checkLabels(x, labels, classes);
  checkColumns(y, classes);
  expectFinite("dataset: x", x);
  expectFinite("dataset: y", y);
  return {
    x,
    y,
    ...(scale !== undefined && { scale }),
    ...(labels && { labels }),
    ...(classes !== undefined && { classes }),
  };
}

function checkScale(x: HostTensor, scale: number | undefined): void {
  if (scale === undefined) return;
  if (x.dtype !== "u8")
    throw new DTypeError(
      `dataset: scale is ${scale}, but x is ${x.dtype}. Scale f32 features before, or pass bytes.`,
    );
  if (!(Math.abs(scale) > 0 && Math.abs(scale) < Infinity))
    throw new ValueError(`dataset: scale is ${scale}. Use a finite number other than 0, such as 1/255.`);
}

function checkLabels(x: HostTensor, labels: HostTensor, classes = Infinity): void {
  expectDType("dataset", "labels", labels.dtype, "i32");
  if (labels.shape.length !== 1)
    throw new ShapeError(`dataset: labels are ${formatShape(labels.shape)}. Give one label a row: (N).`);
  if (labels.shape[0] !== x.shape[0]) throw countMismatch(x, "labels", labels);
  const row = labels.data.findIndex((label: number) => label < 0 || label >= classes);
  if (row >= 0)
    throw new ValueError(
      `dataset: label ${labels.data[row]} of row ${row} is out of range. ` +
        `Use ${classes === Infinity ? "labels from 0 up" : `0 to ${classes - 1}, or raise classes (${classes})`}.`,
    );
}

// A single column may stand for two classes, as a probability; any other number of columns is one-hot.
function checkColumns(y: HostTensor, classes: number | undefined): void {
  const columns = y.shape[1];
  if (
    classes === undefined ||
    y.dtype !== "f32" ||
    y.shape.length !== 2 ||
    columns === 1 ||
    columns === classes
  )
    return;
  throw new ShapeError(
    `dataset: y is ${formatShape(y.shape)}, ${columns} columns, but classes is ${classes}. Make them equal.`,
  );
}

const countMismatch = (x: HostTensor, name: string, other: HostTensor): ShapeError =>
  new ShapeError(
    `dataset: x is ${formatShape(x.shape)} but ${name} is ${formatShape(other.shape)}. ` +
      `Give both the same number of rows (first dimension).`,
  );
