// What a file looks like, for the errors of the decoders: a wrong file is most often a known one under another name.

const SIGNATURES: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["PNG", [0x89, 0x50, 0x4e, 0x47]],
  ["JPEG", [0xff, 0xd8, 0xff]],
  ["ZIP or NumPy .npz", [0x50, 0x4b, 0x03, 0x04]],
  ["NumPy .npy", [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]],
  ["HDF5", [0x89, 0x48, 0x44, 0x46]],
];

/** A clause for an error message: `it looks like PNG`, `it looks like text ("<!doctype html>")`, `it starts with 01 02`. */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return "it is empty";
  const known = SIGNATURES.find(([, signature]) => signature.every((byte, i) => bytes[i] === byte));
  if (known) return `it looks like ${known[0]}`;
  const start = bytes.subarray(0, 24);
  if (start.every(isText)) {
    const text = String.fromCharCode(...start) + (bytes.length > start.length ? "…" : "");
    return `it looks like text (${JSON.stringify(text)})`;
  }
  return `it starts with ${Array.from(bytes.subarray(0, 4), hex).join(" ")}`;
}

const isText = (byte: number): boolean =>
  (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
