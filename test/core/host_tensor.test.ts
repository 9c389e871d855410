import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/core/errors.ts";
import { expectFinite, hostTensor, tensor, zeros } from "../../src/core/host_tensor.ts";

describe("tensor", () => {
  test("from numbers, f32 unless told", () => {
    expect(tensor(3)).toEqual({ shape: [], dtype: "f32", data: new Float32Array([3]) });
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual({ shape: [2, 3], dtype: "f32", data: new Float32Array([1, 2, 3, 4, 5, 6]) });
    expect(tensor([1, 0], [2], "bool")).toEqual({ shape: [2], dtype: "bool", data: new Uint32Array([1, 0]) });
    expect(tensor([1, 2, 3, 4], [2, 2]).shape).toEqual([2, 2]);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
  });

  test("from a typed array, of its type and without a copy", () => {
    const data = new Int32Array([1, 2]);
    const made = tensor(data);
    expect(made).toEqual({ shape: [2], dtype: "i32", data });
    expect(made.data).toBe(data);
    expect(tensor(new Uint8Array(6), [2, 3]).dtype).toBe("u8");
    expect(tensor(new Float64Array(1)).dtype).toBe("f64");
    expect(tensor(new Uint32Array(1)).dtype).toBe("u32");
  });

  test.each([
    ["rows of unequal length", () => tensor([[1, 2], [3]])],
    ["rows of unequal depth", () => tensor([[1], 2])],
    ["rows deeper than the first", () => tensor([1, [2]])],
    ["a shape that the data does not fill", () => tensor([1, 2, 3], [2, 2])],
    ["a negative dimension", () => hostTensor(new Float32Array(1), [-1, -1])],
  ])("refuses %s", (_, make) => expect(make).toThrow(ShapeError));

  test("the error shows both counts", () => {
    expect(() => tensor(new Float32Array(5), [2, 3])).toThrow("[2,3] needs 6 elements, but the data has 5");
  });
});

test("zeros", () => {
  expect(zeros([2])).toEqual({ shape: [2], dtype: "f32", data: new Float32Array(2) });
  expect(zeros([], "bool")).toEqual({ shape: [], dtype: "bool", data: new Uint32Array(1) });
});

describe("expectFinite", () => {
  test("says where the first bad element is", () => {
    expect(() => expectFinite("x", tensor([0, 1, NaN, Infinity]))).toThrow(ValueError);
    expect(() => expectFinite("x", tensor([0, 1, NaN, Infinity]))).toThrow("x: element 2 is NaN");
    expect(() => expectFinite("x", tensor(new Float64Array([-Infinity])))).toThrow(
      "x: element 0 is -Infinity",
    );
  });

  test("takes finite numbers and any integers", () => {
    expectFinite("x", tensor([0, -3e38]));
    expectFinite("x", tensor(new Uint8Array([255])));
  });
});
