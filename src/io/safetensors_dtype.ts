// Element types of safetensors files and how their bytes become host arrays.

import type { HostArray, HostDType } from "../core/dtype.ts";
import { FormatError } from "../core/errors.ts";

export type SafetensorsDType = "F32" | "F64" | "I32" | "I64" | "U32" | "U8" | "BOOL";

interface Codec {
  readonly dtype: HostDType;
  /** Bytes of one element in the file. */
  readonly bytes: number;
  /** Elements from bytes of their own, so alignment does not matter. `name` stands in errors. */
  readonly read: (bytes: ArrayBuffer, name: string) => HostArray;
}

// The format is little-endian, and so are the typed arrays of every platform with WebGPU: no byte is swapped.
export const SAFETENSORS_DTYPES: Readonly<Record<SafetensorsDType, Codec>> = {
  F64: { dtype: "f64", bytes: 8, read: (bytes) => new Float64Array(bytes) },
  I64: { dtype: "i32", bytes: 8, read: narrow },
  F32: { dtype: "f32", bytes: 4, read: (bytes) => new Float32Array(bytes) },
  I32: { dtype: "i32", bytes: 4, read: (bytes) => new Int32Array(bytes) },
  U32: { dtype: "u32", bytes: 4, read: (bytes) => new Uint32Array(bytes) },
  U8: { dtype: "u8", bytes: 1, read: (bytes) => new Uint8Array(bytes) },
  BOOL: {
    dtype: "bool",
    bytes: 1,
    read: (bytes) => Uint32Array.from(new Uint8Array(bytes), (byte) => (byte === 0 ? 0 : 1)),
  },
};

export const isSafetensorsDType = (name: unknown): name is SafetensorsDType =>
  typeof name === "string" && Object.hasOwn(SAFETENSORS_DTYPES, name);

/** The type that a host dtype is written as. */
export const SAFETENSORS_DTYPE_OF: Readonly<Record<HostDType, SafetensorsDType>> = {
  f32: "F32",
  f64: "F64",
  i32: "I32",
  u32: "U32",
  u8: "U8",
  bool: "BOOL",
};

// I64 is what PyTorch gives labels and step counts; nearly all of them fit.
function narrow(bytes: ArrayBuffer, name: string): Int32Array {
  const wide = new BigInt64Array(bytes);
  const out = new Int32Array(wide.length);
  wide.forEach((value, i) => {
    if (BigInt.asIntN(32, value) !== value)
      throw new FormatError(
        `${name} is I64 and its element ${i}, ${value}, does not fit i32. Store it as F64 or in range.`,
      );
    out[i] = Number(value);
  });
  return out;
}
