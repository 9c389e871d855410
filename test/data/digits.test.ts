import { beforeAll, describe, expect, test } from "vitest";
import { FormatError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { loadDigits } from "../../src/data/digits.ts";
import { encodeSafetensors } from "../../src/io/safetensors.ts";
import { readBytes } from "../support/bytes.ts";

let bytes: Uint8Array;
beforeAll(async () => {
  bytes = await readBytes("data/digits/digits.safetensors");
});

const labelsOf = ({ labels }: Dataset): number[] => [...(labels?.data ?? [])];

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

test("1,437 to train, 360 to test", () => {
  const { train, test } = loadDigits(bytes);
  expect([train.x.shape, train.y.shape, train.labels?.shape]).toEqual([[1437, 64], [1437, 10], [1437]]);
  expect([test.x.shape, test.y.shape, test.labels?.shape]).toEqual([[360, 64], [360, 10], [360]]);
  expect([train.classes, test.classes]).toEqual([10, 10]);
});

test("both parts together are the file of SOURCE.md", () => {
  const { train, test } = loadDigits(bytes);
  const labels = [...labelsOf(train), ...labelsOf(test)];
  const perLabel = Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length);
  expect(perLabel).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  expect(sum(labels)).toBe(8070);
  expect(sum(train.x.data) + sum(test.x.data)).toBe(561718);
  expect(Math.max(...test.x.data) * (test.scale ?? 1)).toBe(1);
});

test("the targets are the labels, one-hot", () => {
  const { test } = loadDigits(bytes);
  labelsOf(test).forEach((label, row) => {
    const target = [...test.y.data.subarray(10 * row, 10 * row + 10)];
    expect(target.indexOf(1)).toBe(label);
    expect(sum(target)).toBe(1);
  });
});

test("every digit is in both parts, and the split depends on the seed alone", () => {
  const { train, test } = loadDigits(bytes);
  expect(new Set(labelsOf(train)).size).toBe(10);
  expect(new Set(labelsOf(test)).size).toBe(10);
  expect(loadDigits(bytes, 7).test).toEqual(test);
  expect(labelsOf(loadDigits(bytes, 8).test)).not.toEqual(labelsOf(test));
});

describe("refuses", () => {
  test("a truncated file", () => {
    expect(() => loadDigits(bytes.subarray(0, -1))).toThrow(FormatError);
    expect(() => loadDigits(bytes.subarray(0, -1))).toThrow(/^digits\.safetensors: truncated/);
  });

  test("another safetensors file", () => {
    expect(() => loadDigits(encodeSafetensors({}))).toThrow("images must be u8 [1797,8,8], but is missing");
    const other = { images: tensor(new Uint8Array(64), [1, 8, 8]), labels: tensor(new Uint8Array(1)) };
    expect(() => loadDigits(encodeSafetensors(other))).toThrow("but is u8 [1,8,8]");
  });
});
