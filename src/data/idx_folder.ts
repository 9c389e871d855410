// Data sets in the four IDX files of MNIST: MNIST itself, Fashion-MNIST, KMNIST. Pure: the caller reads the folder.

import { ShapeError, ValueError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { formatShape } from "../core/shape.ts";
import { gunzipIfNeeded } from "../io/gzip.ts";
import { decodeIdx } from "../io/idx.ts";
import { classification, highest } from "./classification.ts";
import type { TrainTest } from "./dataset.ts";

interface LabelledImages {
  readonly images: HostTensor;
  readonly labels: HostTensor;
}

/**
 * `files` maps names to bytes: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, and the same with `t10k-` or
 * `test-`; also with a dot (`train-images.idx3-ubyte`) and gzipped (`.gz`). Other names are ignored.
 * x is (N, pixels) u8 with scale 1/255, y one-hot; both parts have the classes of the highest label in either.
 * Throws ValueError for a missing file, FormatError for one that is truncated or not IDX, ShapeError for counts that
 * differ.
 */
export async function loadIdxFolder(files: Readonly<Record<string, Uint8Array>>): Promise<TrainTest> {
  // All four are looked up before any is unpacked.
  const names = {
    trainImages: findFile(files, ["train"], "images", 3),
    trainLabels: findFile(files, ["train"], "labels", 1),
    testImages: findFile(files, ["t10k", "test"], "images", 3),
    testLabels: findFile(files, ["t10k", "test"], "labels", 1),
  };
  const [train, test] = await Promise.all([
    readPair(files, names.trainImages, names.trainLabels),
    readPair(files, names.testImages, names.testLabels),
  ]);
  const classes = Math.max(highest(train.labels), highest(test.labels)) + 1;
  return {
    train: classification(train.images, train.labels, { classes }),
    test: classification(test.images, test.labels, { classes }),
  };
}

/** The name under which `files` holds one of the four; unpacked before gzipped where both are there. */
function findFile(
  files: Readonly<Record<string, Uint8Array>>,
  prefixes: readonly string[],
  what: "images" | "labels",
  rank: number,
): string {
  const plain = prefixes.flatMap((prefix) =>
    ["-", "."].map((mark) => `${prefix}-${what}${mark}idx${rank}-ubyte`),
  );
  const name = [...plain, ...plain.map((candidate) => `${candidate}.gz`)].find((candidate) =>
    Object.hasOwn(files, candidate),
  );
  if (name !== undefined) return name;
  throw new ValueError(
    `loadIdxFolder: ${plain[0]} is missing, among ${Object.keys(files).join(", ") || "no files"}. ` +
      `Add it, or one of ${plain.slice(1).join(", ")}, each with or without .gz.`,
  );
}

async function readPair(
  files: Readonly<Record<string, Uint8Array>>,
  imagesName: string,
  labelsName: string,
): Promise<LabelledImages> {
  const [images, labels] = await Promise.all([read(files, imagesName), read(files, labelsName)]);
  // Checked here, where the names are known: the usual cause is a file of the other part.
  if (labels.shape.length !== 1 || images.shape.length < 2 || images.shape[0] !== labels.shape[0])
    throw new ShapeError(
      `loadIdxFolder: ${imagesName} is ${formatShape(images.shape)} and ${labelsName} ${formatShape(labels.shape)}. ` +
        `Use (N, H, W) images and (N) labels of the same part.`,
    );
  return { images, labels };
}

async function read(files: Readonly<Record<string, Uint8Array>>, name: string): Promise<HostTensor> {
  return decodeIdx(await gunzipIfNeeded(files[name] ?? new Uint8Array(), name), name);
}
