import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/core/errors.ts";
import { finite, positiveInteger } from "../../src/core/option.ts";

describe("positiveInteger", () => {
  test("gives the value back", () => expect(positiveInteger("batchSize", 32)).toBe(32));

  test.each([0, -1, 1.5, NaN, Infinity])("refuses %s", (value) => {
    expect(() => positiveInteger("batchSize", value)).toThrow(ValueError);
    expect(() => positiveInteger("batchSize", value)).toThrow(`batchSize is ${value}.`);
  });
});

describe("finite", () => {
  test("includes the low end", () => {
    expect(finite("momentum", 0, 0, 1)).toBe(0);
    expect(finite("x", -5)).toBe(-5);
  });

  test.each([1, -0.1, NaN, Infinity])("refuses %s for [0, 1)", (value) => {
    expect(() => finite("momentum", value, 0, 1)).toThrow(ValueError);
    expect(() => finite("momentum", value, 0, 1)).toThrow(
      `momentum is ${value}. Use a number from 0 up to, but not, 1.`,
    );
  });

  test("says the range it has", () => {
    expect(() => finite("learningRate", -1, 0)).toThrow("Use a finite number from 0 up.");
    expect(() => finite("x", NaN)).toThrow("Use a finite number.");
  });
});
