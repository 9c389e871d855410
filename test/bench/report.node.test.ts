import { expect, test } from "vitest";
import type { Cost } from "../../bench/cost.ts";
import type { Side } from "../../bench/side.ts";
import { markdown, type Report } from "../../bench/report.ts";
import { IN_BROWSER, IN_NODE, withSection } from "../../bench/section.ts";
import { number } from "../../bench/table.ts";

const cost: Cost = {
  javascript: { median: 0.25, min: 0.2, max: 0.3 },
  overhead: { median: 0.125, min: 0.1, max: 0.5 },
  calls: { dispatches: 6, passes: 1, submits: 1, writes: 2, buffers: 0, bindGroups: 1 / 3 },
};

const side = (library: string, median: number, more: Partial<Side> = {}): Side => ({
  library,
  measured: "in rounds",
  firstStep: 900,
  step: { median, min: median / 2, max: median * 2 },
  ratio: undefined,
  ratioOfFastest: undefined,
  difference: undefined,
  algorithm: undefined,
  peakBytes: 1_250_000,
  cost,
  ...more,
});

const difference = { loss: 2e-7, weights: 3e-8 };

const report = (
  sides: readonly Side[],
  software = true,
  more: Partial<Pick<Report, "unfinished" | "leftOut">> = {},
): Report => ({
  date: "2026-01-02",
  runtime: "Node v20.20.0",
  cpu: "a CPU, 2 cores",
  load: [0.5, 1.25],
  adapter: { name: "an adapter", vendor: "some", architecture: "kind", software, reason: "it was there" },
  results: [{ net: "4-3-2, batch 8", rounds: 5, stepsPerRound: 7, sides }],
  unfinished: [],
  leftOut: [],
  bundles: [
    { library: "ours 1", bytes: 35_140 },
    { library: "theirs 2", bytes: 343_000 },
  ],
  ...more,
});

const both = [side("ours 1", 2), side("theirs 2", 30, { ratio: 15, ratioOfFastest: 14, difference })];

test("a report names its conditions, and says that a software adapter is no GPU", () => {
  const text = markdown(report(both));
  expect(text).toContain("| 4-3-2, batch 8 | ours 1 | 2.00 (1.00–4.00) | – | – | 5 × 7 | – |");
  expect(text).toContain(
    "| 4-3-2, batch 8 | theirs 2 | 30.0 (15.0–60.0) | **15.0×** | 14.0× | 5 × 7 | 2e-7, 3e-8 |",
  );
  expect(text).toContain(
    "| 4-3-2, batch 8 | theirs 2 | 900 | 0.25 (0.20–0.30) | 0.13 (0.10–0.50) | 1250 | 6 | 1 | 1 | 2 | 0 | 0.3 |",
  );
  for (const fact of [
    "an adapter (some kind)",
    "it was there",
    "a CPU, 2 cores",
    "load average 0.50 before, 1.25 after",
    "Node v20.20.0",
    "2026-01-02",
    "ours 1 35.1 kB, theirs 2 343 kB.",
  ])
    expect(text).toContain(fact);
  expect(text).toContain("This adapter is no GPU");
  expect(markdown(report(both, false))).not.toContain("This adapter is no GPU");
});

test("a report gives no ratio where the two sides do not compute the same", () => {
  const text = markdown(report([side("ours 1", 2), side("theirs 2", 30, { difference })]));
  expect(text).toContain("| none: they differ | none: they differ |");
  expect(text).not.toContain("×**");
});

test("a report marks what was measured once, not at all, or not in time", () => {
  const once = side("slow 1", 4000, { measured: "once", ratio: 2000, difference });
  const skipped = side("slow 2", 20_000, { measured: "skipped", cost: undefined, difference });
  const text = markdown(report([side("ours 1", 2), once, skipped], true, { unfinished: ["9-9, batch 9"] }));
  expect(text).toContain("| slow 1 | 4000 | **2000×** | – | once |");
  expect(text).toMatch(/\| slow 2 \| 20000 \| – \| – \| one trial: too slow \|/);
  expect(text).toMatch(/\| slow 2 \| 900 \| – \| – \| 1250 \| – \|/);
  expect(text).toContain("did not suffice for: 9-9, batch 9");
});

test("a report says who was left out, and marks the time of another algorithm", () => {
  const algorithm = "an update an example";
  const other = side("theirs 3", 30, { ratio: 15, ratioOfFastest: 14, algorithm });
  const cpu = { javascript: cost.javascript, overhead: undefined, calls: undefined };
  const leftOut = [{ title: "theirs 4", reason: "it is not there" }];
  const text = markdown(report([...both, { ...other, peakBytes: undefined, cost: cpu }], true, { leftOut }));
  expect(text).toMatch(/^ours 1 against theirs 2 and theirs 3: a training step/);
  expect(text).toContain("Left out: theirs 4 (it is not there).");
  expect(text).toContain("| theirs 3 | 30.0 (15.0–60.0) | 15.0× | 14.0× | 5 × 7 | an update an example |");
  expect(text).toContain("| theirs 3 | 900 | 0.25 (0.20–0.30) | – | – | – | – | – | – | – | – |");
});

test("a report of the CPU says nothing of adapters and dispatches", () => {
  const sides = both.map((each) => ({ ...each, cost: undefined, peakBytes: undefined }));
  const text = markdown({ ...report(sides), adapter: undefined });
  expect(text).not.toMatch(/adapter|dispatch/i);
  expect(text).toContain("| net | library | first step, ms |\n");
  expect(text).toContain("| theirs 2 | 900 |");
});

test("numbers have three figures, and small ones do not become none", () => {
  expect([0, 0.0034, 0.034, 2.345, 23.45, 234.5].map(number)).toEqual([
    "0.00",
    "0.003",
    "0.03",
    "2.35",
    "23.4",
    "235",
  ]);
});

test("a call that the API does not have is not shown as none", () => {
  const calls = { dispatches: 34, writes: 0, buffers: 2 };
  const text = markdown(report([side("ours 1", 2, { cost: { ...cost, calls } })]));
  expect(text).toMatch(/\| 34 \| – \| – \| 0 \| 2 \| – \|/);
});

test("a section is appended once, then replaced in place, and others stay", () => {
  const appended = withSection("# Results\n\nBefore.\n", IN_NODE, "first");
  expect(appended).toMatch(/^# Results\n\nBefore\.\n\n<!-- bench:start/);
  const replaced = withSection(`${appended}\nAfter.\n`, IN_NODE, "second");
  expect(replaced).toBe(`${appended}\nAfter.\n`.replace("first", "second"));
  expect(withSection(replaced, IN_NODE, "second")).toBe(replaced);
  const both = withSection(replaced, IN_BROWSER, "third");
  expect(both.startsWith(replaced.trimEnd())).toBe(true);
  expect(withSection(both, IN_BROWSER, "third")).toBe(both);
});
