import { describe, expect, test } from "vitest";
import { DTypeError, ShapeError, ValueError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { classification } from "../../src/data/classification.ts";
import { oneHot } from "../../src/data/one_hot.ts";
import { readJson } from "../support/bytes.ts";

const bytes = (...values: number[]) => tensor(new Uint8Array(values));

describe("oneHot", () => {
  test("adds a dimension of classes", () => {
    expect(oneHot(bytes(2, 0), 3)).toEqual(
      tensor([
        [0, 0, 1],
        [1, 0, 0],
      ]),
    );
    expect(oneHot(tensor(new Int32Array([0, 1, 1, 0]), [2, 2]), 2)).toEqual(
      tensor([
        [
          [1, 0],
          [0, 1],
        ],
        [
          [0, 1],
          [1, 0],
        ],
      ]),
    );
    expect(oneHot(tensor(new Uint32Array([1]), []), 2)).toEqual(tensor([0, 1]));
  });

  test("refuses labels out of range, fractions and no classes", () => {
    expect(() => oneHot(bytes(0, 3), 3)).toThrow(ValueError);
    expect(() => oneHot(bytes(0, 3), 3)).toThrow("oneHot: label 3 at 1 is out of range. Use 0 to 2");
    expect(() => oneHot(tensor(new Int32Array([-1])), 3)).toThrow("label -1 at 0");
    expect(() => oneHot(tensor([0.5]), 3)).toThrow(DTypeError);
    expect(() => oneHot(bytes(0), 0)).toThrow("classes is 0");
  });
});

describe("classification", () => {
  test("flattens bytes, to be scaled by 1/255", () => {
    const images = tensor(new Uint8Array([0, 51, 102, 255, 255, 0, 0, 0]), [2, 2, 2]);
    expect(classification(images, bytes(1, 0))).toEqual({
      x: tensor(images.data, [2, 4]),
      scale: 1 / 255,
      y: tensor([
        [0, 1],
        [1, 0],
      ]),
      labels: tensor(new Int32Array([1, 0])),
      classes: 2,
    });
  });

  test("scales bytes by 1/maximum, divides f32 by it, and leaves f32 as it is without one", () => {
    expect(
      classification(tensor(new Uint8Array([4, 16]), [2, 1]), bytes(0, 0), { maximum: 16, classes: 3 }),
    ).toEqual({
      x: tensor(new Uint8Array([4, 16]), [2, 1]),
      scale: 1 / 16,
      y: tensor([
        [1, 0, 0],
        [1, 0, 0],
      ]),
      labels: tensor(new Int32Array([0, 0])),
      classes: 3,
    });
    expect(classification(tensor([[1, 4]]), bytes(0), { maximum: 4 }).x).toEqual(tensor([[0.25, 1]]));
    expect(classification(tensor([[-0.5, 7]]), bytes(0)).x).toEqual(tensor([[-0.5, 7]]));
    expect(classification(tensor([1, 2]), bytes(0, 1)).x.shape).toEqual([2, 1]);
  });

  test("makes a data set of iris", async () => {
    const iris = await readJson<{ classes: string[]; data: number[][]; labels: number[] }>(
      "data/iris/iris.json",
    );
    const flowers = classification(tensor(iris.data), tensor(iris.labels, [150], "i32"), {
      classes: iris.classes.length,
    });
    expect(flowers.x.shape).toEqual([150, 4]);
    const perClass = [0, 1, 2].map((c) => flowers.labels?.data.filter((label: number) => label === c).length);
    expect(perClass).toEqual([50, 50, 50]);
    // Fisher's rows 35 and 38, in which UCI's file differs.
    expect(iris.data[34]).toEqual([4.9, 3.1, 1.5, 0.2]);
    expect(iris.data[37]).toEqual([4.9, 3.6, 1.4, 0.1]);
  });

  test("refuses what is no labelled set", () => {
    const images = tensor(new Uint8Array(4), [2, 2]);
    expect(() => classification(images, bytes(0))).toThrow(ShapeError);
    expect(() => classification(images, bytes(0))).toThrow("images are [2,2] and labels [1]");
    expect(() => classification(tensor(new Uint8Array(), [0, 2]), bytes())).toThrow(ShapeError);
    expect(() => classification(images, tensor(new Uint8Array(2), [2, 1]))).toThrow(ShapeError);
    expect(() => classification(tensor(new Int32Array(2)), bytes(0, 0))).toThrow(DTypeError);
    expect(() => classification(images, tensor([0, 0]))).toThrow(DTypeError);
    expect(() => classification(images, bytes(0, 5), { classes: 5 })).toThrow("label 5 at 1");
    expect(() => classification(tensor([NaN]), bytes(0))).toThrow(ValueError);
    for (const maximum of [0, -1, NaN, Infinity])
      expect(() => classification(images, bytes(0, 0), { maximum })).toThrow(`maximum is ${maximum}`);
  });
});
