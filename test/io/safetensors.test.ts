import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate, type HostDType } from "../../src/core/dtype.ts";
import { DTypeError, FormatError, ValueError } from "../../src/core/errors.ts";
import { hostTensor, tensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/safetensors.ts";
import { sharingBytes } from "../support/sharing_bytes.ts";

/** A file with this header and these data bytes, without any check. */
function file(header: unknown, data: ArrayLike<number> = [], pad = ""): Uint8Array {
  const json = new TextEncoder().encode((typeof header === "string" ? header : JSON.stringify(header)) + pad);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const u8 = (begin: number, end: number, shape = [end - begin]) => ({
  dtype: "U8",
  shape,
  data_offsets: [begin, end],
});

const refuse = (bytes: Uint8Array, message: RegExp | string) => {
  expect(() => decodeSafetensors(bytes)).toThrow(FormatError);
  expect(() => decodeSafetensors(bytes)).toThrow(message);
};

const sample = () =>
  encodeSafetensors(
    {
      f32: tensor([
        [1.5, -2],
        [NaN, Infinity],
      ]),
      f64: tensor([Math.PI], [1], "f64"),
      i32: tensor(new Int32Array([-1, 2147483647])),
      u32: tensor(new Uint32Array([4294967295])),
      u8: tensor(new Uint8Array([1, 2, 3])),
      bool: tensor([1, 0, 1], [3], "bool"),
      scalar: tensor(7),
      none: tensor(new Float32Array(), [0, 4]),
    },
    { format: "pt", naïve: "ü" },
  );

describe("round trip", () => {
  test("every dtype, a scalar, an empty tensor and metadata", () => {
    const { tensors, metadata } = decodeSafetensors(sample());
    expect(metadata).toEqual({ format: "pt", naïve: "ü" });
    expect(tensors["f32"]).toEqual({
      shape: [2, 2],
      dtype: "f32",
      data: new Float32Array([1.5, -2, NaN, Infinity]),
    });
    expect(tensors["f64"]).toEqual({ shape: [1], dtype: "f64", data: new Float64Array([Math.PI]) });
    expect(tensors["i32"]).toEqual({ shape: [2], dtype: "i32", data: new Int32Array([-1, 2147483647]) });
    expect(tensors["u32"]).toEqual({ shape: [1], dtype: "u32", data: new Uint32Array([4294967295]) });
    expect(tensors["u8"]).toEqual({ shape: [3], dtype: "u8", data: new Uint8Array([1, 2, 3]) });
    expect(tensors["bool"]).toEqual({ shape: [3], dtype: "bool", data: new Uint32Array([1, 0, 1]) });
    expect(tensors["scalar"]).toEqual({ shape: [], dtype: "f32", data: new Float32Array([7]) });
    expect(tensors["none"]).toEqual({ shape: [0, 4], dtype: "f32", data: new Float32Array() });
  });

  test("no tensors at all", () => {
    expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
  });

  const dtypes: HostDType[] = ["f32", "f64", "i32", "u32", "u8", "bool"];
  const tensors = fc
    .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 4 }), fc.nat())
    .map(([dtype, shape, seed]): HostTensor => {
      const random = new Random(seed);
      const data = allocate(dtype, sizeOf(shape));
      for (let i = 0; i < data.length; i++)
        data[i] =
          dtype === "bool" ? random.integer(2) : dtype.startsWith("f") ? random.normal() : random.bits();
      return hostTensor(data, shape, dtype);
    });
  const names = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("__proto__", "0", "10", "constructor"),
  );

  test("any tensors under any names, also at an odd address", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          names.filter((name) => name !== "__metadata__"),
          tensors,
        ),
        fc.dictionary(names, fc.string()),
        fc.nat(7),
        (record, metadata, shift) => {
          const encoded = encodeSafetensors(record, metadata);
          const moved = new Uint8Array(encoded.length + shift);
          moved.set(encoded, shift);
          const decoded = decodeSafetensors(moved.subarray(shift));
          expect(new Map(Object.entries(decoded.tensors))).toEqual(new Map(Object.entries(record)));
          expect(new Map(Object.entries(decoded.metadata))).toEqual(new Map(Object.entries(metadata)));
        },
      ),
    );
  });
});

describe("encode", () => {
  test("the bytes of the specification", () => {
    const header = `{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`;
    const bytes = encodeSafetensors({ a: tensor([1]) }, { k: "v" });
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(80n);
    expect(new TextDecoder().decode(bytes.subarray(8, 88))).toBe(header.padEnd(80));
    expect([...bytes.subarray(88)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  test("lays wide elements first, then by name, so all are aligned and the order given does not matter", () => {
    const a = tensor(new Uint8Array([9]));
    const b = tensor([1, 2]);
    const c = tensor([3], [1], "f64");
    const bytes = encodeSafetensors({ a, b, c });
    expect(bytes).toEqual(encodeSafetensors({ c, b, a }));
    expect([...bytes.subarray(-1)]).toEqual([9]);
    expect(Object.keys(decodeSafetensors(bytes).tensors)).toEqual(["c", "b", "a"]);
  });

  test("writes the part of a buffer that a view shows", () => {
    const view = new Float32Array([1, 2, 3]).subarray(1, 2);
    expect(decodeSafetensors(encodeSafetensors({ view: tensor(view) })).tensors["view"]?.data).toEqual(
      new Float32Array([2]),
    );
  });

  test("refuses the reserved name and an array of another dtype", () => {
    expect(() => encodeSafetensors({ __metadata__: tensor(1) })).toThrow(ValueError);
    const wrong = { shape: [1], dtype: "i32", data: new Float32Array(1) } as const;
    expect(() => encodeSafetensors({ w: wrong })).toThrow(DTypeError);
    expect(() => encodeSafetensors({ w: wrong })).toThrow('tensor "w" is i32 but its data is a Float32Array');
  });
});

describe("decode", () => {
  test("copies: the tensor does not follow the file", () => {
    const bytes = file({ a: u8(0, 1) }, [5]);
    const { a } = decodeSafetensors(bytes).tensors;
    bytes.fill(0);
    expect(a?.data).toEqual(new Uint8Array([5]));
  });

  test("copies also from an array whose slice shares memory, as that of Node's Buffer does", () => {
    const { tensors } = decodeSafetensors(sharingBytes(sample()));
    expect(tensors).toEqual(decodeSafetensors(sample()).tensors);
  });

  test("I64 in the range of i32, and refuses the rest", () => {
    const wide = (value: bigint) =>
      file(
        { n: { dtype: "I64", shape: [2], data_offsets: [0, 16] } },
        new Uint8Array(new BigInt64Array([-1n, value]).buffer),
      );
    const low = -(2n ** 31n);
    expect(decodeSafetensors(wide(low)).tensors["n"]).toEqual({
      shape: [2],
      dtype: "i32",
      data: new Int32Array([-1, -(2 ** 31)]),
    });
    refuse(wide(2n ** 31n), /tensor "n" is I64 and its element 1, 2147483648, does not fit i32/);
    refuse(wide(low - 1n), /does not fit i32/);
  });

  test("takes a header without padding, and tensors in any order", () => {
    const { tensors } = decodeSafetensors(file({ b: u8(2, 3), a: u8(0, 2) }, [1, 2, 3]));
    expect(tensors["a"]?.data).toEqual(new Uint8Array([1, 2]));
    expect(tensors["b"]?.data).toEqual(new Uint8Array([3]));
  });

  test("every truncation is a FormatError", () => {
    const whole = sample();
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeSafetensors(whole.subarray(0, length)), `${length} bytes`).toThrow(FormatError);
  });

  test("damage anywhere is a FormatError or goes unseen, never another error", () => {
    const whole = sample();
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const damaged = whole.slice();
        damaged[at] = value;
        try {
          decodeSafetensors(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["a header longer than the file", new Uint8Array(8).fill(255), /header is said to have/],
    [
      "another format",
      new TextEncoder().encode("<!doctype html><html><head>"),
      /it looks like text \("<!doctype html><html><he…"\)/,
    ],
    ["no JSON", file("{]"), /not JSON/],
    ["no UTF-8", file({ a: u8(0, 0) }).fill(0xff, 10, 11), /not JSON/],
    ["an array", file([]), /not a JSON object/],
    ["a header that starts with a space", file(" {}"), /starts with "\{"/],
    ["metadata other than strings", file({ __metadata__: { a: 1 } }), /map names to strings/],
    ["an entry that is no object", file({ a: 1 }), /tensor "a" has no dtype/],
    [
      "an unknown dtype",
      file({ a: { ...u8(0, 1), dtype: "BF16" } }, [0]),
      /dtype "BF16"\. Convert it to one of/,
    ],
    ["an inherited name as dtype", file({ a: { ...u8(0, 1), dtype: "toString" } }, [0]), /dtype "toString"/],
    ["a shape that is no list", file({ a: { ...u8(0, 1), shape: "1" } }, [0]), /has the shape "1"/],
    ["a negative dimension", file({ a: u8(0, 1, [-1, -1]) }, [0]), /has the shape \[-1,-1\]/],
    ["a fraction", file({ a: { ...u8(0, 1), data_offsets: [0, 0.5] } }, [0]), /data_offsets \[0,0\.5\]/],
    ["reversed offsets", file({ a: { ...u8(0, 1), data_offsets: [1, 0] } }, [0]), /data_offsets \[1,0\]/],
    ["three offsets", file({ a: { ...u8(0, 1), data_offsets: [0, 1, 1] } }, [0]), /data_offsets/],
    [
      "a size that is not the shape's",
      file({ a: u8(0, 2, [3]) }, [0, 0]),
      /U8 \[3\], 3 bytes, but its data_offsets span 2/,
    ],
    ["offsets past the end", file({ a: u8(0, 3) }, [0, 0]), /truncated, the tensors end at byte/],
    ["bytes of no tensor at the end", file({ a: u8(0, 1) }, [0, 0]), /trailing bytes/],
    ["a hole", file({ a: u8(0, 1), b: u8(2, 3) }, [0, 0, 0]), /tensor "b" begins at byte \d+, after a hole/],
    ["a hole at the start", file({ a: u8(1, 2) }, [0, 0]), /after a hole/],
    ["an overlap", file({ a: u8(0, 2), b: u8(1, 3) }, [0, 0, 0]), /tensor "b" begins at byte \d+, inside/],
  ])("refuses %s", (_, bytes, message) => refuse(bytes, message));

  test("names the file", () => {
    expect(() => decodeSafetensors(new Uint8Array(), "model.safetensors")).toThrow(
      /^model\.safetensors: truncated/,
    );
  });
});
