// What is kept, and what is not.

import { expect, test } from "vitest";
import { cachedPromise } from "../../src/core/cached.ts";

test("what is made once is kept, what failed is made again", async () => {
  const map = new Map<string, Promise<number>>();
  let made = 0;
  const make = async (): Promise<number> => {
    if (++made === 1) throw new Error("the first fails");
    return made;
  };
  await expect(cachedPromise(map, "a", make)).rejects.toThrow("the first fails");
  expect([await cachedPromise(map, "a", make), await cachedPromise(map, "a", make)]).toEqual([2, 2]);
});
