// Rows of a tensor, picked by index.

import { allocate } from "../core/dtype.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { hostTensor, type HostTensor } from "../core/host_tensor.ts";
import { sizeOf } from "../core/shape.ts";

/**
 * A copy of the given rows: (N, ...) becomes (rows.length, ...), in the order of `rows`, repeats allowed.
 * Throws ShapeError for a scalar and ValueError for a row that is not an integer from 0 to N − 1.
 */
export function gatherRows(source: HostTensor, rows: ArrayLike<number>): HostTensor {
  const [count, ...rest] = source.shape;
  if (count === undefined)
    throw new ShapeError("gatherRows: a scalar [] has no rows. Give it a first dimension.");
  for (let i = 0; i < rows.length; i++) checkRow(i, rows[i], count);
  const width = sizeOf(rest);
  const data = allocate(source.dtype, rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = (rows[i] ?? 0) * width;
    data.set(source.data.subarray(from, from + width), i * width);
  }
  return hostTensor(data, [rows.length, ...rest], source.dtype);
}

function checkRow(i: number, row: number | undefined, count: number): void {
  if (row === undefined || !Number.isInteger(row) || row < 0 || row >= count)
    throw new ValueError(`gatherRows: index ${i} is ${row}. Use integers from 0 to ${count - 1}.`);
}
