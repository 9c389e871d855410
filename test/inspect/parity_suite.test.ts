import { expect, test } from "vitest";
import { opProbes } from "../../src/inspect/op_examples.ts";
import { paritySuite, type SuiteRow } from "../../src/inspect/parity_suite.ts";
import { catalogue } from "../../src/ops/build.ts";
import { patient } from "../support/patient.ts";
import { cpuDevice, gpujsDevice, wasmDevice } from "../support/device.ts";

test("every op has an example, in which it is computed and, where it has a derivative, differentiated", () => {
  const probes = opProbes();
  const names = probes.map(([name]) => name as string);
  expect(Object.keys(catalogue).filter((name) => !names.includes(name))).toEqual(["record"]);
  for (const [name, { graph }] of probes) expect(graph.nodes[0]?.op, name).toBe(catalogue[name]);
  const without = probes.filter(([, { graph }]) => graph.outputs.length === 1).map(([name]) => name);
  expect(without).toEqual(["cast", "compare", "constant"]);
});

test.each([
  ["cpu", async () => cpuDevice],
  ["wasm", wasmDevice],
  ["gpu.js", gpujsDevice],
] as const)("%s agrees with the oracle, row by row", async (_, open) => {
  const device = await open();
  const told: (readonly [SuiteRow, number])[] = [];
  const report = await paritySuite(device, (...row) => told.push(row));
  expect(report.ok, String(report)).toBe(true);
  expect(told.map(([row]) => row)).toEqual(report.rows);
  expect(told.at(-1)?.[1]).toBe(1);
  const count = (kind: SuiteRow["kind"]): number => report.rows.filter((row) => row.kind === kind).length;
  expect(count("primitive")).toBe(opProbes().length);
  expect(count("graph")).toBe(7);
  expect(count("training step")).toBe(3);
});

test("a device that is wrong fails in every row, with the worst value of each", async () => {
  const report = await paritySuite(patient(true));
  expect(report.rows.filter(({ ok }) => ok)).toEqual([]);
  for (const { worst, error } of report.rows) {
    expect(error).toBeUndefined();
    expect(worst?.got).not.toBe(worst?.expected);
  }
  expect(String(report)).toMatch(/^FAIL  primitive +abs +#\d \w+: element \d+ is \S+, not \S+\n/);
});

test("a kernel that the device cannot run is a row that failed, and the others follow", async () => {
  const device = patient();
  const { prepare } = device;
  device.prepare = async (plan) => {
    if (plan.graph.nodes.some(({ op }) => op.name === "log")) throw new Error("no logarithm here");
    return prepare(plan);
  };
  const { ok, rows } = await paritySuite(device);
  expect(ok).toBe(false);
  const failed = rows.filter((row) => !row.ok);
  expect(failed.map(({ name, error }) => [name, error])).toEqual([["log", "Error: no logarithm here"]]);
});
