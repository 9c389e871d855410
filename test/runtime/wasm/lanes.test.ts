import { expect, test } from "vitest";
import { catalogue } from "../../../src/ops/build.ts";
import { hasCode } from "../../../src/runtime/wasm/lower.ts";

/** Maps that run by their references, in plain loops: none, but a new op may wait here. */
const byReference: readonly string[] = [];

test("every map of the catalogue has code, or is named here", () => {
  const maps = Object.values(catalogue).flatMap(({ name, map }) => (map ? [name] : []));
  expect(maps.length).toBeGreaterThan(20);
  expect(maps.filter((name) => !hasCode(name))).toEqual(byReference);
});
