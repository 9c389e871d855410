import { expect, test } from "vitest";
import { LimitError } from "../../../src/core/errors.ts";
import { Heap } from "../../../src/runtime/wasm/heap.ts";

test("pieces begin at whole lines, are zero, and lie apart", () => {
  const heap = new Heap(false);
  const [a, b] = [heap.allocate(5, "a"), heap.allocate(70, "b")];
  expect([a % 64, b % 64]).toEqual([0, 0]);
  heap.bytes(a, 5).fill(1);
  expect(heap.bytes(b, 70).every((byte) => byte === 0)).toBe(true);
});

test("what was released is used again, and is zero again", () => {
  const heap = new Heap(false);
  const a = heap.allocate(100, "a");
  heap.allocate(64, "between");
  heap.bytes(a, 100).fill(7);
  heap.release(a);
  expect(heap.allocate(128, "b")).toBe(a);
  expect(heap.bytes(a, 128).every((byte) => byte === 0)).toBe(true);
});

test("neighbours that are released become one piece, in any order", () => {
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
    [0, 2, 1],
  ]) {
    const heap = new Heap(false);
    const pieces = [0, 1, 2].map(() => heap.allocate(64, "piece"));
    const end = heap.allocate(64, "end");
    for (const i of order) heap.release(pieces[i] ?? 0);
    expect(heap.allocate(192, "all")).toBe(pieces[0]);
    expect(heap.allocate(64, "more")).toBeGreaterThan(end);
  }
});

test("the smallest piece that fits is cut", () => {
  const heap = new Heap(false);
  const [large, , small] = [512, 64, 128, 64].map((size) => heap.allocate(size, "piece"));
  heap.release(large ?? 0);
  heap.release(small ?? 0);
  expect(heap.allocate(100, "fits the small one")).toBe(small);
  expect(heap.allocate(64, "cut")).toBe(large);
  expect(heap.allocate(448, "the rest")).toBe((large ?? 0) + 64);
});

test("memory grows, and says when it cannot", () => {
  const heap = new Heap(false);
  const before = heap.memory.buffer.byteLength;
  const at = heap.allocate(10 * before, "large");
  heap.bytes(at + 10 * before - 4, 4).fill(1);
  expect(() => heap.allocate(2 ** 33, "a tensor of 8 GiB")).toThrow(LimitError);
  expect(() => heap.allocate(2 ** 33, "a tensor of 8 GiB")).toThrow(/a tensor of 8 GiB: .*smaller batch/);
  expect(heap.allocate(64, "still there")).toBeGreaterThan(at);
});
