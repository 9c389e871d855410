// The JSON header of a safetensors file, checked: after this every entry can be read without a further question.

import { FormatError } from "../core/errors.ts";
import { formatShape, sizeOf, type Shape } from "../core/shape.ts";
import { describeBytes } from "./describe_bytes.ts";
import { isSafetensorsDType, SAFETENSORS_DTYPES, type SafetensorsDType } from "./safetensors_dtype.ts";

export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: Shape;
  /** First byte and the one after the last, counted from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Record<string, string>;
}

const REPAIR = "Download or write the file again.";

/** Reads and checks the header: entries in the order of the header. Throws FormatError, see `decodeSafetensors`. */
export function readSafetensorsHeader(bytes: Uint8Array, file: string): SafetensorsHeader {
  const start = 8 + headerLength(bytes, file);
  const { __metadata__: metadata = {}, ...tensors } = parseHeader(bytes.subarray(8, start), file);
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string"))
    throw new FormatError(`${file}: __metadata__ must map names to strings. ${REPAIR}`);
  const entries = Object.entries(tensors).map(([name, entry]) => readEntry(name, entry, start, file));
  checkCover(entries, start, bytes.length, file);
  return { entries, metadata: metadata as Record<string, string> };
}

function headerLength(bytes: Uint8Array, file: string): number {
  if (bytes.length < 8)
    throw new FormatError(
      `${file}: truncated, safetensors starts with 8 bytes of length but ${describeBytes(bytes)}. ${REPAIR}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > bytes.length - 8)
    throw new FormatError(
      `${file}: truncated or not safetensors, the header is said to have ${length} bytes but ${bytes.length - 8} follow; ` +
        `${describeBytes(bytes)}. ${REPAIR}`,
    );
  return length;
}

function parseHeader(header: Uint8Array, file: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header));
  } catch (cause) {
    throw new FormatError(`${file}: the header of ${header.length} bytes is not JSON. ${REPAIR}`, { cause });
  }
  if (!isRecord(parsed) || header[0] !== 0x7b)
    throw new FormatError(`${file}: the header is not a JSON object that starts with "{". ${REPAIR}`);
  return parsed;
}

function readEntry(name: string, entry: unknown, start: number, file: string): SafetensorsEntry {
  const at = `${file}: tensor ${JSON.stringify(name)}`;
  if (!isRecord(entry)) throw new FormatError(`${at} has no dtype, shape and data_offsets. ${REPAIR}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isSafetensorsDType(dtype))
    throw new FormatError(
      `${at} has the dtype ${JSON.stringify(dtype)}. Convert it to one of ${Object.keys(SAFETENSORS_DTYPES).join(", ")}.`,
    );
  if (!isCounts(shape)) throw new FormatError(`${at} has the shape ${JSON.stringify(shape)}. ${REPAIR}`);
  const [begin, end] = isCounts(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || end < begin)
    throw new FormatError(`${at} has the data_offsets ${JSON.stringify(offsets)}. ${REPAIR}`);
  const needed = sizeOf(shape) * SAFETENSORS_DTYPES[dtype].bytes;
  if (end - begin !== needed)
    throw new FormatError(
      `${at} is ${dtype} ${formatShape(shape)}, ${needed} bytes, but its data_offsets span ${end - begin}. ${REPAIR}`,
    );
  return { name, dtype, shape, begin: start + begin, end: start + end };
}

// The specification forbids holes and overlaps: laid in order, each tensor begins where the one before it ends.
function checkCover(entries: readonly SafetensorsEntry[], start: number, length: number, file: string): void {
  let covered = start;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered)
      throw new FormatError(
        `${file}: tensor ${JSON.stringify(name)} begins at byte ${begin}, ` +
          `${begin < covered ? "inside the one before it, which ends" : "after a hole that begins"} at ${covered}. ${REPAIR}`,
      );
    covered = end;
  }
  if (covered !== length)
    throw new FormatError(
      `${file}: ${covered > length ? "truncated" : "trailing bytes"}, the tensors end at byte ${covered} ` +
        `but the file has ${length}. ${REPAIR}`,
    );
}

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x);

const isCounts = (x: unknown): x is number[] =>
  Array.isArray(x) && x.every((count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0);
