// Labelled images, or other rows of numbers, as a data set for a classifier.

import { expectDType } from "../core/dtype.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { hostTensor, type HostTensor } from "../core/host_tensor.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import { dataset, type Dataset } from "./dataset.ts";
import { oneHot } from "./one_hot.ts";

export interface ClassificationOptions {
  /** Value that becomes 1: images are divided by it. Default 255 for u8, 1 for f32. */
  readonly maximum?: number;
  /** Default: the highest label + 1. */
  readonly classes?: number;
}

/**
 * `images` (N, ...) are flattened to x (N, d): u8 as they are, with the scale 1/maximum, f32 divided by `maximum`.
 * `labels` (N) u8, i32 or u32 are kept as i32 and one-hot as y (N, classes) f32.
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
  const bytes = images.dtype === "u8";
  const { maximum = bytes ? 255 : 1, classes = highest(labels) + 1 } = options;
  if (!(maximum > 0 && maximum < Infinity))
    throw new ValueError(
      `classification: maximum is ${maximum}. Use the positive value that shall become 1, such as 255.`,
    );
  const features = bytes || maximum === 1 ? images.data : images.data.map((value: number) => value / maximum);
  return dataset({
    x: hostTensor(features, [count, sizeOf(pixels)]),
    ...(bytes && { scale: 1 / maximum }),
    y: oneHot(labels, classes),
    labels: hostTensor(Int32Array.from(labels.data), [count]),
    classes,
  });
}

/** The highest of integer labels; 0 where there are none or all are negative. */
export function highest({ data }: HostTensor): number {
  let top = 0;
  for (const value of data) top = Math.max(top, value);
  return top;
}
