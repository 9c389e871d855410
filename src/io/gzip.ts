// Gzip (RFC 1952), unpacked by the platform.

import { FormatError } from "../core/errors.ts";

/**
 * The unpacked bytes of a gzip file; any other bytes come back as they are.
 * `name` stands in errors. Throws FormatError where the gzip data is truncated or damaged.
 */
export async function gunzipIfNeeded(bytes: Uint8Array, name = "gzip"): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  // A copy, because a Blob takes no bytes of a SharedArrayBuffer.
  const packed = new Blob([new Uint8Array(bytes)]).stream();
  try {
    const unpacked = packed.pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  } catch (cause) {
    throw new FormatError(
      `${name}: the gzip data (${bytes.length} bytes) is truncated or damaged. Download or copy the file again.`,
      { cause },
    );
  }
}
