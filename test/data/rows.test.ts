import fc from "fast-check";
import { expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { gatherRows } from "../../src/data/rows.ts";

test("copies rows in the order given, repeats too", () => {
  const source = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  expect(gatherRows(source, [2, 0, 2])).toEqual(
    tensor([
      [5, 6],
      [1, 2],
      [5, 6],
    ]),
  );
  expect(gatherRows(source, []).shape).toEqual([0, 2]);
  expect(gatherRows(tensor([1, 0, 1], [3], "bool"), [1])).toEqual(tensor([0], [1], "bool"));
});

test("all rows in order are the tensor itself", () => {
  fc.assert(
    fc.property(fc.nat(5), fc.nat(3), fc.nat(3), (n, h, w) => {
      const source = tensor(
        Uint8Array.from({ length: n * h * w }, (_, i) => i),
        [n, h, w],
      );
      expect(
        gatherRows(
          source,
          Array.from({ length: n }, (_, i) => i),
        ),
      ).toEqual(source);
    }),
  );
});

test.each([3, -1, 0.5, NaN])("refuses row %s of three", (row) => {
  expect(() => gatherRows(tensor([1, 2, 3]), [0, row])).toThrow(ValueError);
  expect(() => gatherRows(tensor([1, 2, 3]), [0, row])).toThrow(
    `index 1 is ${row}. Use integers from 0 to 2.`,
  );
});

test("refuses a scalar", () => {
  expect(() => gatherRows(tensor(1), [0])).toThrow(ShapeError);
});
