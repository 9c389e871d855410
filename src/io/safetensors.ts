// Safetensors: 8 bytes of header length (u64), a JSON header, the tensors' bytes; all little-endian
// (Hugging Face, "safetensors", section "Format" of its README).

import { hostDTypeOf } from "../core/dtype.ts";
import { DTypeError, ValueError } from "../core/errors.ts";
import { hostTensor, type HostTensor } from "../core/host_tensor.ts";
import { SAFETENSORS_DTYPE_OF, SAFETENSORS_DTYPES } from "./safetensors_dtype.ts";
import { readSafetensorsHeader } from "./safetensors_header.ts";

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: Record<string, HostTensor>;
  readonly metadata: Record<string, string>;
}

/**
 * The bytes of a safetensors file. bool is written as BOOL, one byte an element. As in the reference implementation the
 * tensors lie by falling element size, then by name, so each is aligned and equal tensors give equal files.
 * Throws ValueError for a tensor named `__metadata__`, DTypeError where a tensor's array is not of its dtype.
 */
export function encodeSafetensors(
  tensors: Record<string, HostTensor>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(tensors).map(([name, tensor]) => {
    checkTensor(name, tensor);
    const dtype = SAFETENSORS_DTYPE_OF[tensor.dtype];
    const width = SAFETENSORS_DTYPES[dtype].bytes;
    return { name, tensor, dtype, width, bytes: tensor.data.length * width };
  });
  parts.sort((a, b) => b.width - a.width || (a.name < b.name ? -1 : 1));

  let end = 0;
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  for (const { name, tensor, dtype, bytes } of parts)
    entries.push([name, { dtype, shape: tensor.shape, data_offsets: [end, (end += bytes)] }]);

  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(file.buffer).setUint32(0, start - 8, true);
  file.set(json, 8);
  let at = start;
  for (const { tensor, bytes } of parts) {
    file.set(bytesOf(tensor), at);
    at += bytes;
  }
  return file;
}

/**
 * The tensors of a safetensors file, in memory of their own. I64 becomes i32, BOOL becomes bool. `name` stands in errors.
 * Throws FormatError where the file is truncated or not safetensors, where a dtype is none of F32 F64 I32 I64 U32 U8 BOOL,
 * where offsets leave a hole, overlap, exceed the file or disagree with the shape, and for an I64 outside i32.
 */
export function decodeSafetensors(bytes: Uint8Array, name = "safetensors"): Safetensors {
  const { entries, metadata } = readSafetensorsHeader(bytes, name);
  // fromEntries, not assignment: a tensor may be called `__proto__`.
  const tensors = Object.fromEntries(
    entries.map((entry) => {
      const { dtype, read } = SAFETENSORS_DTYPES[entry.dtype];
      // Not slice: that of Node's Buffer, which files are read into, shares the memory.
      const own = new Uint8Array(bytes.subarray(entry.begin, entry.end)).buffer;
      return [
        entry.name,
        hostTensor(read(own, `${name}: tensor ${JSON.stringify(entry.name)}`), entry.shape, dtype),
      ];
    }),
  );
  return { tensors, metadata };
}

function checkTensor(name: string, { data, dtype }: HostTensor): void {
  if (name === "__metadata__")
    throw new ValueError(
      `safetensors: the format keeps the name "__metadata__" for itself. Name the tensor otherwise.`,
    );
  const stored = dtype === "bool" ? "u32" : dtype;
  if (hostDTypeOf(data) !== stored)
    throw new DTypeError(
      `safetensors: tensor ${JSON.stringify(name)} is ${dtype} but its data is a ${data.constructor.name}. Convert one of them.`,
    );
}

function bytesOf({ data, dtype }: HostTensor): Uint8Array {
  if (dtype === "bool") return Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
