// Element types. A `DType` is what a graph computes with; a host array may also hold bytes or doubles.

import { DTypeError, LimitError } from "./errors.ts";

/**
 * Element type of a value in a graph. `bool` occupies four bytes (0 or 1) on every back end; `u8` is for inputs alone,
 * which ops turn into numbers as they read them.
 */
export type DType = "f32" | "i32" | "u32" | "bool" | "u8";
/** What ops make: bytes are only read. */
export type ComputedDType = Exclude<DType, "u8">;
/** Element type of data in JavaScript memory: also the doubles of gradient checks. */
export type HostDType = DType | "f64";

export type HostArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

const arrays = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  bool: Uint32Array,
  u8: Uint8Array,
} as const;

/** Whether an array is the one that elements of `dtype` are in. */
export const holds = (data: HostArray, dtype: HostDType): boolean => data instanceof arrays[dtype];

/** Bytes of `size` elements in a buffer: whole words, and at least one, because WebGPU binds no empty range. */
export const bytesFor = (dtype: DType, size: number): number =>
  Math.max(4, dtype === "u8" ? Math.ceil(size / 4) * 4 : size * 4);

/** A zeroed array of `size` elements. Throws LimitError where JavaScript cannot hold it. */
export function allocate<D extends HostDType>(dtype: D, size: number): InstanceType<(typeof arrays)[D]> {
  try {
    return new arrays[dtype](size) as InstanceType<(typeof arrays)[D]>;
  } catch (error) {
    throw new LimitError(
      `tensor: ${size} elements of ${dtype} are more than JavaScript can hold. Use a smaller one.`,
      {
        cause: error,
      },
    );
  }
}

/** The bytes of a buffer seen as elements of `dtype`: all of them, or `size` from byte `at` on. */
export function viewAs(dtype: DType, bytes: ArrayBufferLike, at?: number, size?: number): HostArray {
  // The constructors take shared memory too, though not by their common type.
  return new arrays[dtype](bytes as ArrayBuffer, at, size);
}

export function hostDTypeOf(data: HostArray): HostDType {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Float64Array) return "f64";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint32Array) return "u32";
  return "u8";
}

/** Throws unless `actual` is one of `allowed`. */
export function expectDType(op: string, name: string, actual: HostDType, ...allowed: HostDType[]): void {
  if (allowed.includes(actual)) return;
  throw new DTypeError(
    `${op}: ${name} must be ${allowed.join(" or ")}, but it is ${actual}. Cast or convert it first.`,
  );
}
