import { expect, test } from "vitest";
import { FormatError } from "../../src/core/errors.ts";
import { gunzipIfNeeded } from "../../src/io/gzip.ts";
import { gzip } from "../support/gzip.ts";

const plain = Uint8Array.from({ length: 1000 }, (_, i) => i % 7);

test("unpacks gzip, also from the middle of a buffer", async () => {
  const packed = await gzip(plain);
  expect(await gunzipIfNeeded(packed)).toEqual(plain);
  const moved = Uint8Array.of(0, 0, 0, ...packed);
  expect(await gunzipIfNeeded(moved.subarray(3))).toEqual(plain);
});

test("leaves other bytes alone", async () => {
  for (const bytes of [plain, new Uint8Array(), Uint8Array.of(0x1f), Uint8Array.of(0x1f, 0x8c)])
    expect(await gunzipIfNeeded(bytes)).toBe(bytes);
});

test("every truncation is a FormatError that names the file", async () => {
  const packed = await gzip(plain);
  for (let length = 2; length < packed.length; length++) {
    const error: unknown = await gunzipIfNeeded(packed.subarray(0, length), "images.gz").catch(
      (e: unknown) => e,
    );
    expect(error, `${length} bytes`).toBeInstanceOf(FormatError);
    expect(error).toHaveProperty("message", expect.stringMatching(/^images\.gz: .*truncated or damaged/));
  }
});

test("a wrong checksum is a FormatError", async () => {
  const packed = await gzip(plain);
  const at = packed.length - 8; // CRC-32, RFC 1952 section 2.3.1
  packed[at] = (packed[at] ?? 0) ^ 1;
  await expect(gunzipIfNeeded(packed)).rejects.toThrow(FormatError);
});
