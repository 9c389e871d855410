import { expect, test } from "vitest";
import type { Library } from "../../bench/contender.ts";
import { Absent, gathered, loadAll, type Contestant } from "../../bench/contestant.ts";
import { problemOf } from "../../bench/nets.ts";

const library = (more: Partial<Library> = {}): Library => ({
  name: "a library",
  version: "1",
  api: undefined,
  create: () => Promise.reject(new Error("not here")),
  ...more,
});
const lacks = ({ norm }: { readonly norm?: boolean }): string | undefined => (norm ? "no norm" : undefined);

const catalogue: Readonly<Record<string, Contestant>> = {
  there: { title: "There", load: async () => library() },
  lacking: { title: "Lacking", load: async () => library({ lacks }) },
  away: { title: "Away", load: () => Promise.reject(new Absent("it is not there")) },
  broken: { title: "Broken", load: () => Promise.reject(new Error("broken")) },
};

const problem = (norm: boolean) => problemOf({ sizes: [2, 3, 1], norm, batchSize: 1, optimizer: "sgd" });

test("who is away or lacks something is left out, with the reason", async () => {
  const away = { title: "Away", reason: "it is not there" };
  const plain = await loadAll(catalogue, ["away", "lacking", "there"], problem(false));
  expect([plain.libraries.length, plain.leftOut]).toEqual([2, [away]]);
  const norm = await loadAll(catalogue, ["away", "lacking", "there"], problem(true));
  expect([norm.libraries.length, norm.leftOut]).toEqual([1, [away, { title: "Lacking", reason: "no norm" }]]);
});

test("any other error, and a name that nobody has, ends the measurement", async () => {
  await expect(loadAll(catalogue, ["there", "broken"])).rejects.toThrow("broken");
  await expect(loadAll(catalogue, ["nobody"])).rejects.toThrow("nobody here is called nobody");
});

test("who was left out is said once, with the nets where others were not without", () => {
  const away = { title: "Away", reason: "it is not there" };
  const lacking = { title: "Lacking", reason: "no norm" };
  expect(
    gathered([
      { net: "a", leftOut: [away] },
      { net: "b", leftOut: [away, lacking] },
      { net: "c", leftOut: [away, lacking] },
    ]),
  ).toEqual([away, { title: "Lacking of b and c", reason: "no norm" }]);
  expect(gathered([])).toEqual([]);
});
