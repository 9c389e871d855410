// Tensors in JavaScript memory: what goes into a program and what a read-back gives.

import { allocate, hostDTypeOf, type HostArray, type HostDType } from "./dtype.ts";
import { ShapeError, ValueError } from "./errors.ts";
import { checkShape, formatShape, sizeOf, type Shape } from "./shape.ts";

/** Row-major data with a shape. `data.length` is the product of `shape`. */
export interface HostTensor {
  readonly shape: Shape;
  readonly dtype: HostDType;
  readonly data: HostArray;
}

/** Numbers, or arrays of them of equal length, any depth. */
export type Nested = number | readonly Nested[];

/**
 * A host tensor from nested arrays, a number, or a typed array with a shape.
 * `dtype` defaults to f32 for numbers and to the array's own type otherwise.
 * Throws ShapeError where rows differ in length or the data does not fill the shape.
 */
export function tensor(source: Nested | HostArray, shape?: Shape, dtype?: HostDType): HostTensor {
  if (ArrayBuffer.isView(source)) {
    const data = source;
    return hostTensor(data, shape ?? [data.length], dtype);
  }
  const found = nestedShape(source);
  const flat: number[] = [];
  flatten(source, found, 0, flat);
  const data = allocate(dtype ?? "f32", flat.length);
  data.set(flat);
  return hostTensor(data, shape ?? found, dtype);
}

/** Wraps `data`, without copying it. Throws ShapeError where it does not fill `shape`. */
export function hostTensor(data: HostArray, shape: Shape, dtype: HostDType = hostDTypeOf(data)): HostTensor {
  checkShape("tensor", shape);
  if (data.length !== sizeOf(shape))
    throw new ShapeError(
      `tensor: ${formatShape(shape)} needs ${sizeOf(shape)} elements, but the data has ${data.length}. Correct one of them.`,
    );
  return { shape, dtype, data };
}

/** Tells a host tensor from a branch of a tree. */
export const isHostTensor = (x: unknown): x is HostTensor =>
  x !== null && typeof x === "object" && "data" in x;

/** Zeros of a shape. */
export const zeros = (shape: Shape, dtype: HostDType = "f32"): HostTensor =>
  hostTensor(allocate(dtype, sizeOf(shape)), shape, dtype);

/** Throws ValueError on the first NaN or infinity, with its position. */
export function expectFinite(what: string, { data, dtype }: HostTensor): void {
  if (dtype !== "f32" && dtype !== "f64") return;
  // A loop: findIndex takes ten times as long, and each batch of a stream comes through here.
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i]))
      throw new ValueError(
        `${what}: element ${i} is ${data[i]}. Remove or replace non-finite values before training.`,
      );
}

function nestedShape(source: Nested): number[] {
  const shape: number[] = [];
  for (let level: Nested | undefined = source; Array.isArray(level); level = level[0] as Nested | undefined)
    shape.push(level.length);
  return shape;
}

function flatten(source: Nested, shape: Shape, depth: number, out: number[]): void {
  if (typeof source === "number") {
    if (depth !== shape.length)
      throw new ShapeError(
        `tensor: a number where a row of ${shape[depth]} was expected. Make rows equally deep.`,
      );
    out.push(source);
    return;
  }
  if (source.length !== shape[depth])
    throw new ShapeError(
      `tensor: rows of ${shape[depth] ?? 1} and of ${source.length} elements. Make rows equally long.`,
    );
  for (const part of source) flatten(part, shape, depth + 1, out);
}
