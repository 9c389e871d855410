// A data set in four IDX files, small and easy: 4x4 images of three classes, each with its own bright row.

export type IdxFiles = Readonly<Record<string, Uint8Array>>;

const ELEMENT_BYTES: Readonly<Record<number, number>> = { 0x08: 1, 0x0d: 4 };

/** An IDX file of `type` (08 u8, 0d f32); `write` puts the element that starts at a byte. */
export function idxBytes(
  type: number,
  shape: readonly number[],
  write: (view: DataView, at: number, index: number) => void,
): Uint8Array {
  const width = ELEMENT_BYTES[type] ?? 1;
  const header = 4 + 4 * shape.length;
  const size = shape.reduce((product, dim) => product * dim, 1);
  const view = new DataView(new ArrayBuffer(header + size * width));
  view.setUint8(2, type);
  view.setUint8(3, shape.length);
  shape.forEach((dim, i) => view.setUint32(4 + 4 * i, dim));
  for (let i = 0; i < size; i++) write(view, header + i * width, i);
  return new Uint8Array(view.buffer);
}

/** 300 images to train and 30 to test, under MNIST's file names. */
export function idxFolder(): IdxFiles {
  const part = (count: number): [images: Uint8Array, labels: Uint8Array] => [
    idxBytes(0x08, [count, 4, 4], (view, at, i) => {
      const label = Math.floor(i / 16) % 3;
      const row = Math.floor((i % 16) / 4);
      view.setUint8(at, row === label ? 200 + ((i * 7) % 56) : (i * 13) % 50);
    }),
    idxBytes(0x08, [count], (view, at, i) => view.setUint8(at, i % 3)),
  ];
  const [trainImages, trainLabels] = part(300);
  const [testImages, testLabels] = part(30);
  return {
    "train-images-idx3-ubyte": trainImages,
    "train-labels-idx1-ubyte": trainLabels,
    "t10k-images-idx3-ubyte": testImages,
    "t10k-labels-idx1-ubyte": testLabels,
  };
}
