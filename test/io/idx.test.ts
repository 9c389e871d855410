import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/core/errors.ts";
import { decodeIdx } from "../../src/io/idx.ts";
import { sharingBytes } from "../support/sharing_bytes.ts";

/** An IDX file from its type byte, its shape and its data bytes. */
function idx(type: number, shape: number[], data: number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(2, type * 256 + shape.length);
  shape.forEach((dim, i) => view.setUint32(4 + 4 * i, dim));
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

describe("decode", () => {
  test("the words of MNIST's headers", () => {
    const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 10, 20, 30, 255);
    expect(decodeIdx(images)).toEqual({
      shape: [1, 2, 2],
      dtype: "u8",
      data: new Uint8Array([10, 20, 30, 255]),
    });
    const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 9);
    expect(decodeIdx(labels)).toEqual({ shape: [2], dtype: "u8", data: new Uint8Array([5, 9]) });
  });

  test("every element type, big-endian; narrow integers widen", () => {
    expect(decodeIdx(idx(0x09, [2], [0xff, 0x7f])).data).toEqual(new Int32Array([-1, 127]));
    expect(decodeIdx(idx(0x0b, [2], [0xff, 0xfe, 0x01, 0x00])).data).toEqual(new Int32Array([-2, 256]));
    expect(decodeIdx(idx(0x0c, [1], [0x80, 0, 0, 1])).data).toEqual(new Int32Array([-(2 ** 31) + 1]));
    expect(decodeIdx(idx(0x0d, [1], [0x3f, 0xc0, 0, 0])).data).toEqual(new Float32Array([1.5]));
    expect(decodeIdx(idx(0x0e, [1], [0xc0, 4, 0, 0, 0, 0, 0, 0])).data).toEqual(new Float64Array([-2.5]));
  });

  test("an empty tensor, and a view at an odd address", () => {
    expect(decodeIdx(idx(0x0d, [0, 28], []))).toEqual({
      shape: [0, 28],
      dtype: "f32",
      data: new Float32Array(),
    });
    const moved = Uint8Array.of(1, 2, 3, ...idx(0x0c, [1], [0, 0, 0, 4]));
    expect(decodeIdx(moved.subarray(3)).data).toEqual(new Int32Array([4]));
  });

  test("copies, also from an array whose slice shares memory", () => {
    const bytes = sharingBytes(idx(0x08, [1], [5]));
    const { data } = decodeIdx(bytes);
    bytes.fill(0);
    expect(data).toEqual(new Uint8Array([5]));
  });

  test("any bytes in any shape", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        fc.nat(255),
        (shape, first) => {
          const data = Array.from(
            { length: shape.reduce((p, dim) => p * dim, 1) },
            (_, i) => (first + i) % 256,
          );
          expect(decodeIdx(idx(0x08, shape, data))).toEqual({
            shape,
            dtype: "u8",
            data: new Uint8Array(data),
          });
        },
      ),
    );
  });
});

describe("refuses", () => {
  test("every truncation", () => {
    for (const whole of [idx(0x08, [2, 2], [1, 2, 3, 4]), idx(0x0e, [1], [0, 0, 0, 0, 0, 0, 0, 0])])
      for (let length = 0; length < whole.length; length++)
        expect(() => decodeIdx(whole.subarray(0, length)), `${length} bytes`).toThrow(FormatError);
  });

  test.each([
    [
      "trailing bytes",
      idx(0x08, [2], [1, 2, 3]),
      /trailing bytes, u8 \[2\] makes a file of 10 bytes but this one has 11/,
    ],
    [
      "missing elements",
      idx(0x0c, [2], [0, 0, 0, 1]),
      /truncated, i32 \[2\] makes a file of 16 bytes but this one has 12/,
    ],
    [
      "a cut header",
      Uint8Array.of(0, 0, 8, 3, 0, 0),
      /truncated, an IDX header of rank 3 has 16 bytes but the file has 6/,
    ],
    ["dimensions beyond any file", idx(0x08, Array<number>(40).fill(2 ** 32 - 1), []), /truncated/],
    ["nothing", new Uint8Array(), /it is empty/],
    ["PNG", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d), /it looks like PNG/],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), /it looks like gzip/],
    ["text", new TextEncoder().encode("5,0,4,1\n"), /it looks like text \("5,0,4,1\\n"\)/],
    ["little-endian", Uint8Array.of(3, 8, 0, 0), /it starts with 03 08 00 00/],
    ["an unknown type", Uint8Array.of(0, 0, 0x0a, 1), /it starts with 00 00 0a 01/],
  ])("%s", (_, bytes, message) => {
    expect(() => decodeIdx(bytes, "labels")).toThrow(FormatError);
    expect(() => decodeIdx(bytes, "labels")).toThrow(message);
    expect(() => decodeIdx(bytes, "labels")).toThrow(/^labels: /);
  });
});
