// The 8x8 handwritten digits of UCI, which this repository holds in data/digits (terms in SOURCE.md beside them).

import { FormatError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { formatShape, sameShape, type Shape } from "../core/shape.ts";
import { decodeSafetensors } from "../io/safetensors.ts";
import { classification } from "./classification.ts";
import type { TrainTest } from "./dataset.ts";
import { split } from "./split.ts";

const COUNT = 1797;
const TRAIN_FRACTION = 0.8;

/**
 * From the bytes of digits.safetensors: 1,437 examples to train and 360 to test, x (N, 64) u8 with scale 1/16, y (N, 10) one-hot.
 * Shuffled by `seed` before the split, because writers are not separated: the test part is not one of unseen writers.
 * Throws FormatError for any other file.
 */
export function loadDigits(bytes: Uint8Array, seed = 7): TrainTest {
  const { tensors } = decodeSafetensors(bytes, "digits.safetensors");
  const images = expectBytes("images", tensors["images"], [COUNT, 8, 8]);
  const labels = expectBytes("labels", tensors["labels"], [COUNT]);
  const all = classification(images, labels, { maximum: 16, classes: 10 });
  const [train, test] = split(all, TRAIN_FRACTION, seed);
  return { train, test };
}

function expectBytes(name: string, found: HostTensor | undefined, shape: Shape): HostTensor {
  if (found && found.dtype === "u8" && sameShape(found.shape, shape)) return found;
  throw new FormatError(
    `digits.safetensors: ${name} must be u8 ${formatShape(shape)}, but ` +
      `${found ? `is ${found.dtype} ${formatShape(found.shape)}` : "is missing"}. Use the file of data/digits.`,
  );
}
