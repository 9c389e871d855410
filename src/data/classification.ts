// Labelled images, or other rows of numbers, as a data set for a classifier.

import { expectDType, type HostArray } from "../core/dtype.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { hostTensor, type HostTensor } from "../core/host_tensor.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import { dataset, type Dataset } from "./dataset.ts";
import { oneHot } from "./one_hot.ts";

export interface ClassificationOptions {
  /** Value that becomes 1: the images are divided by it. Default 255 for u8, 1 for f32. */
  readonly maximum?: number;
  /** Default: the highest label + 1. */
  readonly classes?: number;
}

/**
 * `images` (N, ...) u8 or f32 are flattened to x (N, d) f32 and divided by `maximum`; `labels` (N) u8, i32 or u32 are
 * kept as i32 and one-hot as y (N, classes) f32.
 * Throws ShapeError where the row counts differ or are 0, DTypeError for other element types, ValueError for
 * non-finite images, labels out of range and a `maximum` that is not positive.
 */
export function classification(
  images: HostTensor,
  labels: HostTensor,
  options: ClassificationOptions = {},
): Dataset {
  expectDType("classification", "images", images.dtype, "u8", "f32");
  expectDType("classification", "labels", labels.dtype, "u8", "i32", "u32");
  const [count, ...pixels] = images.shape;
  if (!count || labels.shape.length !== 1 || labels.shape[0] !== count)
    throw new ShapeError(
      `classification: images are ${formatShape(images.shape)} and labels ${formatShape(labels.shape)}. ` +
        `Use (N, ...) and (N) with the same N >= 1.`,
    );
  const { maximum = images.dtype === "u8" ? 255 : 1, classes = highest(labels) + 1 } = options;
  if (!(maximum > 0 && maximum < Infinity))
    throw new ValueError(
      `classification: maximum is ${maximum}. Use the positive value that shall become 1, such as 255.`,
    );
  const y = oneHot(labels, classes);
  return dataset({
    x: hostTensor(divide(images.data, maximum), [count, sizeOf(pixels)]),
    y,
    labels: hostTensor(Int32Array.from(labels.data), [count]),
    classes,
  });
}

// A plain loop: Float32Array.from takes seconds for the 47 million pixels of MNIST.
function divide(values: HostArray, by: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = (values[i] ?? 0) / by;
  return out;
}

/** The highest of integer labels; 0 where there are none or all are negative. */
export function highest({ data }: HostTensor): number {
  let top = 0;
  for (const value of data) top = Math.max(top, value);
  return top;
}
