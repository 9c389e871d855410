// One batch of a data set as a tensor of its own, for libraries that are given it ready made.

import { hostTensor, type HostTensor } from "chainrule";

/** The rows of a matrix (N, width), in the order given: (rows, width). */
export function rowsOf({ data, shape }: HostTensor, rows: Uint32Array): HostTensor {
  const [, width = 0] = shape;
  const picked = new Float32Array(rows.length * width);
  rows.forEach((row, i) => picked.set(data.subarray(row * width, (row + 1) * width), i * width));
  return hostTensor(picked, [rows.length, width]);
}
