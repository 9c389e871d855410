// IDX, the format of the MNIST files: two zero bytes, a type byte, the rank, the dimensions as big-endian u32, the
// elements big-endian in row-major order (Y. LeCun, C. Cortes, C.J.C. Burges, "The MNIST database of handwritten digits").

import { allocate, type HostDType } from "../core/dtype.ts";
import { FormatError } from "../core/errors.ts";
import { hostTensor, type HostTensor } from "../core/host_tensor.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import { describeBytes } from "./describe_bytes.ts";

interface ElementType {
  readonly dtype: HostDType;
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
}

// Narrow integers widen to i32, the narrowest signed type a host tensor has.
const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map([
  [0x08, { dtype: "u8", bytes: 1, read: (view, at) => view.getUint8(at) }],
  [0x09, { dtype: "i32", bytes: 1, read: (view, at) => view.getInt8(at) }],
  [0x0b, { dtype: "i32", bytes: 2, read: (view, at) => view.getInt16(at) }],
  [0x0c, { dtype: "i32", bytes: 4, read: (view, at) => view.getInt32(at) }],
  [0x0d, { dtype: "f32", bytes: 4, read: (view, at) => view.getFloat32(at) }],
  [0x0e, { dtype: "f64", bytes: 8, read: (view, at) => view.getFloat64(at) }],
]);

/**
 * A tensor from the bytes of an IDX file: u8, i32 (also from 8 and 16 bits), f32 or f64. `name` stands in errors.
 * Throws FormatError for bytes that are not IDX, and for a length that the header does not account for to the byte.
 */
export function decodeIdx(bytes: Uint8Array, name = "idx"): HostTensor {
  const type = ELEMENT_TYPES.get(bytes[2] ?? 0);
  if (bytes[0] !== 0 || bytes[1] !== 0 || type === undefined)
    throw new FormatError(
      `${name}: not an IDX file, ${describeBytes(bytes)}. IDX starts with 00 00 and a type from 08 to 0e; ` +
        `unpack the file or choose another.`,
    );
  const rank = bytes[3] ?? 0;
  const header = 4 + 4 * rank;
  if (bytes.length < header)
    throw new FormatError(
      `${name}: truncated, an IDX header of rank ${rank} has ${header} bytes but the file has ${bytes.length}. ` +
        `Download or copy it again.`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = sizeOf(shape);
  if (bytes.length !== header + size * type.bytes)
    throw new FormatError(
      `${name}: ${bytes.length > header + size * type.bytes ? "trailing bytes" : "truncated"}, ${type.dtype} ` +
        `${formatShape(shape)} makes a file of ${header + size * type.bytes} bytes but this one has ${bytes.length}. ` +
        `Download or copy it again.`,
    );
  if (type.dtype === "u8") return hostTensor(new Uint8Array(bytes.subarray(header)), shape);
  const data = allocate(type.dtype, size);
  for (let i = 0; i < size; i++) data[i] = type.read(view, header + i * type.bytes);
  return hostTensor(data, shape);
}
